// send {text, …}: a message.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  const auto& sent = body_of<send_command>(record);
  return message_posted{sent.thread, sent.reply_to};
}

std::string content(const command_record& record) {
  const auto& sent = body_of<send_command>(record);
  return encode(message_content{sent.content_type, sent.text, sent.metadata_json,
                                sent.attachments_json, sent.signature_json});
}

string_sizes strings(const command_record& record) {
  const auto& sent = body_of<send_command>(record);
  string_sizes sizes;
  for (const auto* text : {&sent.content_type, &sent.text, &sent.metadata_json,
                           &sent.attachments_json, &sent.signature_json}) {
    sizes.add(*text);
  }
  return sizes;
}

std::string_view filtered_text(const command_record& record) {
  return body_of<send_command>(record).text;
}

client_error wrong_target(const command_record& record, seq_no head) {
  const auto& sent = body_of<send_command>(record);
  return not_a_live_message(
      {{field_name::thread, sent.thread}, {field_name::reply_to, sent.reply_to}}, head);
}

}  // namespace

extern const command_kind send_kind;
constinit const command_kind send_kind{.name = command_name::send,
                                       .facts = facts,
                                       .content = content,
                                       .strings = strings,
                                       .is_message = true,
                                       .filtered_text = filtered_text,
                                       .wrong_target = wrong_target};

}  // namespace roomlog
