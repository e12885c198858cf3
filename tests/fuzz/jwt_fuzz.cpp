// What strangers send (tokens) and what operators configure (keys), as random bytes. The first byte
// says what the rest is taken for; parts behind a signature are signed here, or no random bytes
// would ever get there. Beyond "no crash": what is accepted keeps its promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt.h"
#include "ingress/auth/jwt_base64.h"

namespace {

using namespace roomlog;

constexpr timestamp now{1'700'000'000'000'000};
constexpr const char* payload = R"({"sub":"ann","exp":1700003600})";

void require(bool promise) {
  if (!promise) std::abort();
}

key_ptr secret_key() {
  static const key_ptr key = token_key::from_secret(std::string(64, 's'), {}).value();
  return key;
}

// A secret, and the public keys of RFC 7515 A.3 and RFC 8037 A.4.
const token_verifier& verifier() {
  static const token_verifier all({
      secret_key(),
      parse_jwk(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
                "ec")
          .value()
          .keys.at(0),
      parse_jwk(R"({"kty":"OKP","crv":"Ed25519",)"
                R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
                "okp")
          .value()
          .keys.at(0),
  });
  return all;
}

std::string sign(std::string_view header, std::string_view body) {
  const std::string input = base64url_encode(header) + "." + base64url_encode(body);
  return input + "." + base64url_encode(secret_key()->sign(jws_algorithm::hs256, input).value());
}

void check_principal(const principal& who) {
  require(!who.user.empty() && who.user.size() <= sub_chars_max);
  require(!who.tenant.empty() && who.tenant.size() <= tenant_chars_max);
  require(who.name.size() <= name_bytes_max && who.device.size() <= device_chars_max);
  require(who.expires > now && who.issued <= now);
}

void fuzz_token(const std::string& text) {
  (void)verifier().needs_offload(text);
  require(verifier().verify(text, now).has_error());  // nobody guesses a signature
}

void fuzz_header(const std::string& text) {
  const auto who = verifier().verify(sign(text, payload), now);
  if (who) require(who->user == "ann");
}

void fuzz_payload(const std::string& text) {
  const auto who = verifier().verify(sign(R"({"alg":"HS256"})", text), now);
  if (who) check_principal(*who);
  const auto direct = read_claims(text, {}, now);
  if (direct) check_principal(*direct);
}

void fuzz_signature(const std::string& text) {
  const std::string es256 = base64url_encode(R"({"alg":"ES256"})") + "." + base64url_encode("x");
  const std::string eddsa = base64url_encode(R"({"alg":"EdDSA"})") + "." + base64url_encode("x");
  for (const std::string& input : {es256, eddsa}) {
    require(verifier().verify_signature(input + "." + base64url_encode(text)).has_error());
  }
}

void fuzz_key(const std::string& text) {
  const auto set = parse_jwk(text, "jwk");
  if (set) require(!set->keys.empty());
  (void)parse_pem_public_key(text, "pem").has_value();
  const auto secret = parse_secret(text, "secret");
  if (secret) require(text.size() >= hmac_secret_bytes_min);
}

void fuzz_base64(const std::string& text) {
  require(base64url_decode(base64url_encode(text)) == text);
  const auto bytes = base64url_decode(text);
  if (bytes) require(base64url_encode(*bytes) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      fuzz_token(text);
      break;
    case 1:
      fuzz_header(text);
      break;
    case 2:
      fuzz_payload(text);
      break;
    case 3:
      fuzz_signature(text);
      break;
    case 4:
      fuzz_key(text);
      break;
    case 5:
      fuzz_base64(text);
      break;
  }
  return 0;
}
