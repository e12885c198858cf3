// A command after the checks of form, with everything that is fixed when it comes in.
#pragma once

#include <string>

#include "ingress/commands/command_record.h"
#include "ingress/limits/user_load.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

struct lane_submission {
  command_origin from;
  std::string user_key;    // "tenant/user"
  command_record command;  // with room and cid, without times
  bool unlimited = false;
  bool cid_is_ours = false;
  user_load_ptr load{};  // the user's, once it is needed
};

}  // namespace roomlog
