// The settings of tokens and their keys.
#include <array>

#include "app/config/settings_tables.h"

namespace roomlog {
namespace {

using kind = setting_kind;
using namespace setting_units;

constexpr std::array table{
    setting{ROOMLOG_SETTING(auth.hmac_secret), .kind = kind::secret,
            .help = "Shared secret of HS256, HS384 and HS512 tokens, at least 32 bytes. Better "
                    "given as a file. Empty: none."},
    setting{ROOMLOG_SETTING(auth.hmac_secret_file), .kind = kind::path,
            .help = "File that holds such a secret; one line break at its end does not count."},
    setting{ROOMLOG_SETTING(auth.jwk_file), .kind = kind::path,
            .help = "File with a JSON Web Key or a set of them (RFC 7517): the keys of the "
                    "service that makes your tokens."},
    setting{ROOMLOG_SETTING(auth.pem_file), .kind = kind::path,
            .help = "File with one public key in PEM form."},
    setting{ROOMLOG_SETTING(auth.issuer), .kind = kind::text,
            .help = "What the claim `iss` must be. Empty: any or none."},
    setting{ROOMLOG_SETTING(auth.audience), .kind = kind::text,
            .help = "What the claim `aud` must name. Empty: tokens must have no aud."},
    setting{ROOMLOG_SETTING(auth.leeway), .kind = kind::duration,
            .help = "How long a token is still good after its `exp`; whole seconds.", .min = 0,
            .max = 600 * second},
    setting{ROOMLOG_SETTING(auth.start_leeway), .kind = kind::duration,
            .help = "How far the `nbf` and `iat` of a token may lie in the future, since clocks "
                    "differ; whole seconds. A larger auth.leeway counts instead.",
            .min = 0, .max = 600 * second},
    setting{ROOMLOG_SETTING(auth.require_exp), .kind = kind::boolean,
            .help = "Whether a token without `exp` is refused."},
    setting{ROOMLOG_SETTING(auth.token_bytes), .kind = kind::bytes,
            .help = "Longest token that is taken. One in a header also counts in "
                    "limits.http_head_bytes.",
            .min = kib, .max = 64 * kib},
    setting{ROOMLOG_SETTING(auth.threads), .kind = kind::integer,
            .help = "Threads that check RSA, ECDSA and EdDSA signatures, away from the event "
                    "loops; HMAC is checked at once.",
            .min = 1, .max = 64},
};

}  // namespace

std::span<const setting> auth_settings() {
  return table;
}

}  // namespace roomlog
