// What settings of a server must be like together; other commands use fewer of them.
#pragma once

#include "app/config/effective_config.h"
#include "log/base/result.h"

namespace roomlog {

// What a process does, out of server.roles.
struct server_roles {
  bool ingress = false;    // takes commands
  bool pusher = false;     // has sessions
  bool projector = false;  // is there for its views

  bool whole() const { return ingress && pusher && projector; }
};
server_roles roles_of(const config& from);

// errc::invalid with one line for each combination that makes no sense; names both settings.
result<> check_for_server(const effective_config& from);

}  // namespace roomlog
