#include "ingress/lane_checks.h"

#include <utility>

#include "ingress/commands/command_kind.h"
#include "ingress/commands/room_refusal.h"

namespace roomlog {

client_error overload() {
  constexpr std::uint32_t retry_ms = 250;
  auto refused = make_client_error(error_code::overloaded);
  refused.retry_after_ms = retry_ms;
  return refused;
}

bool lane_checks::knows_room(const lane_submission& s, offset log_end) const {
  // Where others append too, the log may hold what the fold has not seen: then it refuses.
  return context_.fold.sees_log_end() && context_.fold.position(partition_) >= log_end &&
         !pending_.connections().has(s.from.connection);
}

std::optional<client_error> lane_checks::refusal(const lane_submission& s, offset log_end,
                                                 command_toll& toll) {
  const bool knows = knows_room(s, log_end);
  room_ruling ruling;
  if (knows) {
    ruling = ask_room(context_.fold, s.command);
    if (ruling.permission) return ruling.permission;
  }
  if (auto refused = over_limit(s, toll)) return refused;
  if (context_.filter.prohibits(kind_of(s.command).filtered_text(s.command))) {
    return make_client_error(error_code::prohibited_content);
  }
  if (knows) {
    if (auto refused = refused_later(context_.fold, s.command, ruling)) return refused;
  }
  if (overloaded(*s.load)) return overload();
  return std::nullopt;
}

std::optional<client_error> lane_checks::after_room(lane_submission s, client_error refused,
                                                    offset log_end) {
  const bool room_comes_first =
      refused.code == error_code::rate_limited || refused.code == error_code::prohibited_content;
  if (!room_comes_first || overloaded(*s.load)) return refused;
  auto by_room = ask_room(context_.fold, s.command).permission;
  if (!by_room) return refused;
  if (knows_room(s, log_end)) return by_room;
  auto level = std::make_shared<std::atomic<late_refusals::fold_progress>>();
  context_.fold.when_level(partition_, [level](const result<>& reached) {
    *level = reached ? late_refusals::fold_progress::level : late_refusals::fold_progress::unknown;
  });
  late_.add({s.from, std::move(s.command), std::move(refused),
             context_.clock.steady() + context_.options.ack_timeout, std::move(level),
             load_share(std::move(s.load))});
  return std::nullopt;
}

std::optional<client_error> lane_checks::over_limit(const lane_submission& s, command_toll& toll) {
  if (s.unlimited) return std::nullopt;
  const command_cost cost = cost_of(s.command);
  if (auto never = context_.limits.never_allowed(cost)) return never;
  auto taken = context_.limits.take(s.user_key, cost, context_.clock.steady());
  if (auto* refused = std::get_if<client_error>(&taken)) return std::move(*refused);
  toll = std::get<command_toll>(std::move(taken));
  return std::nullopt;
}

// Of each bound a partition has at most as much as is free, and a user at most as much as is left
// to the partition: own + partition + all ≤ max. So one partition that makes no progress takes half
// of it at most, and k of them leave 1/(k+1) to the others; one user takes a third at most, and k, in
// one partition or in many, leave every other user something.
bool lane_checks::overloaded(const user_load& user) const {
  const auto over = [](std::size_t of_user, std::size_t of_partition, std::size_t all,
                       std::size_t max) {
    return all >= max || of_user + of_partition > max - all;
  };
  const ingress_options& o = context_.options;
  const append_load log = context_.events.load(partition_);
  return over(user.queued_bytes, log.partition_bytes, log.bytes, log.bytes_max) ||
         over(user.commands, pending_.size() + late_.size(), context_.in_flight, o.in_flight_max) ||
         over(user.bytes, pending_.bytes() + late_.bytes(), context_.in_flight_bytes,
              o.in_flight_bytes_max);
}

}  // namespace roomlog
