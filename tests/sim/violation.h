// What a run that went wrong ends with.
#pragma once

#include <stdexcept>
#include <string>

namespace roomlog::sim {

class violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class... Part>
[[noreturn]] void fail(const Part&... parts) {
  std::string text;
  const auto add = [&](const auto& part) {
    if constexpr (requires { text += part; } &&
                  !std::is_arithmetic_v<std::decay_t<decltype(part)>>) {
      text += part;
    } else {
      text += std::to_string(part);
    }
  };
  (add(parts), ...);
  throw violation(text);
}

}  // namespace roomlog::sim
