// `roomlog token`, once its options are read: a token on stdout.
#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <string>

#include "app/commands/exit_code.h"
#include "ingress/auth/keyring.h"
#include "log/base/types.h"

namespace roomlog {

struct token_make_options {
  key_sources keys;  // the first that can sign, signs
  std::string user, name, device, tenant, scope;
  std::string issuer, audience;  // what the server asks for, if it does
  std::optional<std::chrono::seconds> expires{std::in_place, 3600};  // nothing: never
  timestamp now;
  bool json = false;
};

// done; usage where docs/protocol.md §1 forbids what was asked for; configuration where there is no
// key to sign with.
exit_code run_token_make(const token_make_options& options, std::ostream& out, std::ostream& err);

}  // namespace roomlog
