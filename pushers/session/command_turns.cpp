#include "pushers/session/command_turns.h"

#include <algorithm>
#include <utility>

namespace roomlog {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view command_turns::take(std::string_view& message) {
  const auto line = message.substr(0, message.find('\n'));
  message.remove_prefix(std::min(line.size() + 1, message.size()));
  if (is_blank(line)) return {};
  ++commands_;
  bytes_ += static_cast<std::uint32_t>(line.size());
  return line;
}

std::string command_turns::take_kept() {
  return std::exchange(kept_, {});
}

}  // namespace roomlog
