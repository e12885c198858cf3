// edit {seq, text}: another text for a message of one's own.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return message_edited{body_of<edit_command>(record).seq};
}

std::string content(const command_record& record) {
  message_content content;
  content.text = body_of<edit_command>(record).text;
  return encode(content);
}

string_sizes strings(const command_record& record) {
  return {1, body_of<edit_command>(record).text.size()};
}

std::string_view filtered_text(const command_record& record) {
  return body_of<edit_command>(record).text;
}

client_error wrong_target(const command_record& record, seq_no head) {
  return not_a_live_message({{field_name::seq, body_of<edit_command>(record).seq}}, head);
}

}  // namespace

extern const command_kind edit_kind;
constinit const command_kind edit_kind{.name = command_name::edit,
                                       .facts = facts,
                                       .content = content,
                                       .strings = strings,
                                       .filtered_text = filtered_text,
                                       .wrong_target = wrong_target};

}  // namespace roomlog
