// Arbitrary bytes as records and contents: decoding them is an error or gives values that can be
// used and encoded again, and never a crash. The input is tried as it is, and with a right checksum
// behind it, so that the Verifier meets hostile structure.
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "schemas/protocol/event_json.h"
#include "schemas/records/codec.h"
#include "schemas/records/signal.h"

namespace {

using namespace roomlog;

// What new gives is aligned to 16, and exactly as long as asked for.
struct aligned_copy {
  aligned_copy(const void* bytes, std::size_t size)
      : size(size), block(std::make_unique<std::byte[]>(size)) {
    if (size != 0) std::memcpy(block.get(), bytes, size);
  }
  byte_view view() const { return {block.get(), size}; }

  std::size_t size;
  std::unique_ptr<std::byte[]> block;
};

void require(bool condition) {
  if (!condition) std::abort();
}

void use(const event& e) {
  std::string out = to_json(e);
  (void)append_event_json(out, e, {});  // refuses control records and odd contents
  const auto encoded = encode(e);
  const aligned_copy value(encoded.data(), encoded.size());
  const auto again = decode(value.view());
  require(!again || *again == e || std::holds_alternative<unknown_body>(e.facts));
}

void try_record(byte_view value) {
  if (const auto e = decode(value)) use(*e);
  if (const auto s = decode_signal(value)) (void)to_json(*s);
  (void)descriptor_codec().decode(value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aligned_copy plain(data, size);
  try_record(plain.view());
  if (const auto c = decode_message_content(plain.view())) (void)encode(*c);
  if (const auto c = decode_room_content(plain.view())) (void)encode(*c);

  std::string sealed(reinterpret_cast<const char*>(data), size);
  const std::uint64_t checksum = XXH3_64bits(data, size);
  sealed.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  try_record(aligned_copy(sealed.data(), sealed.size()).view());
  return 0;
}
