#include "log/base/sha256.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace roomlog {
namespace {

struct evp_free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching an algorithm costs more than hashing a command: once per process and thread.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, evp_free> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return md.get();
}

}  // namespace

std::array<std::byte, 32> sha256(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, evp_free> context(EVP_MD_CTX_new());
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  if (EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) !=
          1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return digest;
}

}  // namespace roomlog
