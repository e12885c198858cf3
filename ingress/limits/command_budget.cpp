#include "ingress/limits/command_budget.h"

#include <algorithm>

namespace roomlog {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

constexpr std::array<const char*, 4> names{"user_commands", "user_commands", "user_bytes",
                                           "user_invites"};

std::array<std::uint64_t, 4> amounts_of(const command_cost& cost) {
  return {1, 1, cost.bytes, cost.people};
}

}  // namespace

command_budget::command_budget(const budget_limits& limits)
    : limits_{{{limits.commands_per_second, 1s},
               {limits.commands_per_minute, 60s},
               {limits.bytes, 10s},
               {limits.people_per_minute, 60s}}} {}

std::optional<rate_refusal> command_budget::take(std::string_view user, const command_cost& cost,
                                                 microseconds now) {
  const auto is_off = [](const spending_limit& limit) { return limit.amount == 0; };
  if (std::all_of(limits_.begin(), limits_.end(), is_off)) return std::nullopt;
  const auto amounts = amounts_of(cost);
  return users_.with(user, [&](windows& spent) -> std::optional<rate_refusal> {
    microseconds longest{0};
    const char* name = nullptr;
    for (std::size_t i = 0; i < budgets; ++i) {
      if (is_off(limits_[i]) || amounts[i] == 0) continue;
      const auto wait = spent[i].wait_for(amounts[i], limits_[i], now);
      if (wait <= longest) continue;
      longest = wait;
      name = names[i];
    }
    if (name != nullptr) return rate_refusal{name, whole_ms(longest)};
    for (std::size_t i = 0; i < budgets; ++i) {
      if (!is_off(limits_[i]) && amounts[i] != 0) spent[i].add(amounts[i], limits_[i], now);
    }
    return std::nullopt;
  });
}

void command_budget::give_back(std::string_view user, const command_cost& cost, microseconds when) {
  const auto amounts = amounts_of(cost);
  users_.with_known(user, [&](windows& spent) {
    for (std::size_t i = 0; i < budgets; ++i) spent[i].give_back(amounts[i], when);
  });
}

void command_budget::forget_idle(microseconds now) {
  users_.forget_idle([&](windows& spent) {
    bool idle = true;
    for (std::size_t i = 0; i < budgets; ++i) {
      spent[i].drop_old(limits_[i], now);
      idle &= spent[i].empty();
    }
    return idle;
  });
}

}  // namespace roomlog
