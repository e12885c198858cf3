#include "ingress/commands/named_targets.h"

#include <string>

namespace roomlog {
namespace {

client_error invalid(std::string message) {
  return make_client_error(error_code::invalid_field, std::move(message));
}

}  // namespace

client_error not_a_live_message(named_seqs named, seq_no head) {
  std::string names;
  for (const auto& [name, seq] : named) {
    if (seq > head) {
      return invalid(std::string(name) + " is beyond the head, which is " +
                     std::to_string(head.value));
    }
    if (seq.value == 0) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  return invalid(names + ": must be the seq of a message that is not deleted");
}

client_error not_a_member(const command_record&, seq_no) {
  return invalid("user: must be a member of this room");
}

}  // namespace roomlog
