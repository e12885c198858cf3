// All that one user may do in a time, and what a command costs of it: the rate of messages, which
// the verdict may give back, and the budget of what is handed to the log, which it may not.
// Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "ingress/limits/command_budget.h"
#include "ingress/limits/rate_limiter.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// Limits as `error.limit` names them.
inline constexpr std::array<const char*, 5> user_limit_names{
    "user_per_second", "user_per_minute", "user_commands", "user_bytes", "user_invites"};

// What was taken for one command, so that it can be given back.
struct command_toll {
  std::optional<rate_stamp> message;
  struct charge {
    command_cost cost;
    std::chrono::microseconds at;
  };
  std::optional<charge> budget;
};

class user_limits {
 public:
  user_limits(const rate_limits& messages, const budget_limits& budget)
      : people_max_(budget.people_per_minute), messages_(messages), budget_(budget) {}

  // The refusal of a command that names more people than anybody may in a minute: waiting does not
  // help it.
  std::optional<client_error> never_allowed(const command_cost& cost) const;
  // Counts the command, or says which limit it is above; then nothing was counted. `user` is
  // "tenant/user".
  std::variant<command_toll, client_error> take(std::string_view user, const command_cost& cost,
                                                std::chrono::microseconds now);
  // Of a message that was not accepted anew.
  void give_back_message(std::string_view user, const command_toll& toll);
  // Of a command that was never handed to the log.
  void give_back(std::string_view user, const command_toll& toll);
  // To be called now and then.
  void forget_idle(std::chrono::microseconds now);
  std::size_t users() const { return std::max(messages_.users(), budget_.users()); }

 private:
  const std::uint32_t people_max_;
  rate_limiter messages_;
  command_budget budget_;
};

}  // namespace roomlog
