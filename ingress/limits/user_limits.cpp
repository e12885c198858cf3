#include "ingress/limits/user_limits.h"

namespace roomlog {
namespace {

client_error over(const rate_refusal& limit) {
  auto refused = make_client_error(error_code::rate_limited);
  refused.limit = limit.limit;
  refused.retry_after_ms = limit.retry_after_ms;
  return refused;
}

}  // namespace

std::optional<client_error> user_limits::never_allowed(const command_cost& cost) const {
  const std::uint32_t people = cost.people;
  if (people_max_ == 0 || people <= people_max_) return std::nullopt;
  auto refused = make_lasting_error(error_code::rate_limited, {});
  refused.message += ": the command names " + std::to_string(people) +
                     " people, and a user may name at most " + std::to_string(people_max_) +
                     " in a minute (limits.user_invites_per_minute); name fewer and invite the "
                     "others later";
  refused.limit = "user_invites";
  return refused;
}

std::variant<command_toll, client_error> user_limits::take(std::string_view user,
                                                           const command_cost& cost,
                                                           std::chrono::microseconds now) {
  command_toll toll;
  if (cost.is_message) {
    const auto taken = messages_.take(user, now);
    if (const auto* refused = std::get_if<rate_refusal>(&taken)) return over(*refused);
    toll.message = std::get<rate_stamp>(taken);
  }
  if (const auto refused = budget_.take(user, cost, now)) {
    give_back_message(user, toll);
    return over(*refused);
  }
  toll.budget = {cost, now};
  return toll;
}

void user_limits::give_back_message(std::string_view user, const command_toll& toll) {
  if (toll.message) messages_.give_back(user, *toll.message);
}

void user_limits::give_back(std::string_view user, const command_toll& toll) {
  give_back_message(user, toll);
  if (toll.budget) budget_.give_back(user, toll.budget->cost, toll.budget->at);
}

void user_limits::forget_idle(std::chrono::microseconds now) {
  messages_.forget_idle(now);
  budget_.forget_idle(now);
}

}  // namespace roomlog
