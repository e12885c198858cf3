// `roomlog token verify`, once its options are read: what is to be said of a token, on stdout and as
// exit code.
#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "app/commands/exit_code.h"
#include "ingress/auth/jwt_claims.h"
#include "ingress/auth/keyring.h"
#include "log/base/types.h"

namespace roomlog {

struct token_verify_options {
  key_sources keys;
  token_rules rules;
  std::string token;  // "-": the first line of `in`
  // Form and signature only, with what was signed as result: for JWS that are no tokens of this
  // server.
  bool signature_only = false;
  timestamp now;
  bool json = false;
};

// done for a good token; failed for a bad one, with the code of docs/protocol.md §3 and the reason
// on `out`, and so where the key itself is refused (too weak, not for signatures): nothing that it
// signed is believed. configuration where there is no key or its file cannot be read.
exit_code run_token_verify(const token_verify_options& options, std::istream& in, std::ostream& out,
                           std::ostream& err);

}  // namespace roomlog
