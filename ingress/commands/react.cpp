// react {seq, emoji, remove?}: adds a reaction to a message, or removes one's own.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  const auto& sent = body_of<react_command>(record);
  return reaction_changed{sent.seq, sent.emoji, sent.remove};
}

string_sizes strings(const command_record& record) {
  return {1, body_of<react_command>(record).emoji.size()};
}

std::string_view filtered_text(const command_record& record) {
  return body_of<react_command>(record).emoji;
}

client_error wrong_target(const command_record& record, seq_no head) {
  const auto& sent = body_of<react_command>(record);
  if (!sent.remove || sent.seq > head) {
    return not_a_live_message({{field_name::seq, sent.seq}}, head);
  }
  return make_client_error(
      error_code::invalid_field,
      "seq: must be a message that is not deleted, with this reaction of yours");
}

}  // namespace

extern const command_kind react_kind;
constinit const command_kind react_kind{.name = command_name::react,
                                        .facts = facts,
                                        .strings = strings,
                                        .filtered_text = filtered_text,
                                        .wrong_target = wrong_target};

}  // namespace roomlog
