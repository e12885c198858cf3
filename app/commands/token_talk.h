// What `roomlog token` and `roomlog token verify` say on stderr.
#pragma once

#include <ostream>
#include <string>

#include "app/commands/exit_code.h"
#include "ingress/auth/keyring.h"

namespace roomlog {

inline exit_code complain(exit_code code, const std::string& text, std::ostream& err) {
  err << "roomlog: " << text << '\n';
  return code;
}

inline void print_notes(const keyring& keys, std::ostream& err) {
  for (const std::string& note : keys.notes()) err << "roomlog: note: " << note << '\n';
}

}  // namespace roomlog
