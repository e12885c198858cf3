// What a user may make the log write, whatever becomes of it: commands, bytes, and people that they
// name. Charged when a command is handed to the log; the verdict gives nothing back.
//
// Memory: 64 entries of 24 bytes for each of four budgets at most a user; users who asked for
// nothing for a minute are forgotten. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ingress/limits/command_cost.h"
#include "ingress/limits/rate_limiter.h"
#include "ingress/limits/spending_window.h"
#include "ingress/limits/user_table.h"

namespace roomlog {

struct budget_limits {  // 0: no limit
  std::uint32_t commands_per_second = 20;
  std::uint32_t commands_per_minute = 600;
  std::size_t bytes = std::size_t{2} << 20;  // in ten seconds
  std::uint32_t people_per_minute = 100;
};

class command_budget {
 public:
  explicit command_budget(const budget_limits& limits);

  // `user` with the tenant. `now` is steady time. A refusal costs nothing; of several budgets the
  // one with the longest wait is named: user_commands, user_bytes or user_invites.
  std::optional<rate_refusal> take(std::string_view user, const command_cost& cost,
                                   std::chrono::microseconds now);
  // Of a command that was taken at this time and never handed to the log.
  void give_back(std::string_view user, const command_cost& cost, std::chrono::microseconds when);
  // To be called now and then.
  void forget_idle(std::chrono::microseconds now);
  std::size_t users() const { return users_.size(); }

 private:
  static constexpr std::size_t budgets = 4;
  using windows = std::array<spending_window, budgets>;

  const std::array<spending_limit, budgets> limits_;
  user_table<windows> users_;
};

}  // namespace roomlog
