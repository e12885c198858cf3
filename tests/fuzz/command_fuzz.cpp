// libFuzzer: any bytes through the command parser. What is accepted must have kept its bounds, and
// must get the same digest when its white space changes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "schemas/protocol/command_parser.h"

namespace {

using namespace roomlog;

void must(bool holds) {
  if (!holds) std::abort();
}

void check(const event_command& made, std::string_view json) {
  must(made.room.size() <= 128 && made.cid.size() <= 64 && made.after_cid.size() <= 64);
  must(made.id.size() <= 128);
  if (const auto* send = std::get_if<send_command>(&made.body)) {
    must(send->text.find('\0') == std::string::npos);
    must(!send->text.empty() || !send->attachments_json.empty());
    must(send->text.size() + send->metadata_json.size() <= 16384);
  }
  const auto again = parse_command("\t" + std::string(json) + "\n");
  const auto* command_again = std::get_if<command>(&again);
  must(command_again != nullptr);
  must(std::get<event_command>(*command_again).digest == made.digest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_command(json);
  if (const auto* refusal = std::get_if<command_refusal>(&parsed)) {
    must(!refusal->error.message.empty() && refusal->error.message.size() < 300);
  } else if (const auto* made = std::get_if<event_command>(&std::get<command>(parsed))) {
    check(*made, json);
  }
  return 0;
}
