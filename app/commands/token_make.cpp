#include "app/commands/token_make.h"

#include "app/commands/token_talk.h"
#include "ingress/auth/token_maker.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/time_text.h"

namespace roomlog {
namespace {

constexpr auto lifetime_max = std::chrono::years(1000);

void print_token(const std::string& token, const token_make_options& options, timestamp expires,
                 std::ostream& out) {
  if (!options.json) {
    out << token << '\n';
    return;
  }
  std::string text;
  json_object object(text);
  object.field("token", token).field("user", options.user);
  if (options.expires) {
    object.field("expires", time_text(expires));
  } else {
    object.raw("expires", "null");
  }
  object.close();
  out << text << '\n';
}

}  // namespace

exit_code run_token_make(const token_make_options& options, std::ostream& out, std::ostream& err) {
  const auto ring = keyring::load(options.keys, own_secret::must_exist);
  if (!ring) return complain(exit_code::configuration, ring.error().text, err);
  print_notes(*ring, err);
  const key_ptr key = ring->signing_key();
  if (!key) {
    return complain(exit_code::configuration,
                    "only public keys are configured, and they cannot sign a token", err);
  }
  token_claims claims{options.user,  options.name,   options.device,   options.tenant,
                      options.scope, options.issuer, options.audience, options.now};
  if (options.expires) {
    if (*options.expires > lifetime_max) {
      return complain(exit_code::usage, "the lifetime of a token must be at most 1000 years", err);
    }
    const std::chrono::microseconds lifetime = *options.expires;
    claims.expires = timestamp{options.now.value + lifetime.count()};
  }
  const auto token = make_token(*key, claims);
  if (!token) return complain(exit_code::usage, token.error().text, err);
  print_token(*token, options, claims.expires, out);
  return exit_code::done;
}

}  // namespace roomlog
