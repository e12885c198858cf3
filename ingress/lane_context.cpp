#include "ingress/lane_context.h"

#include <sys/random.h>

#include <algorithm>
#include <random>

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

// std::random_device may ask the processor, which takes some 20 us a call on virtual machines: with
// that a command without a cid cost forty times as much as one with it.
std::uint64_t system_random() {
  std::uint64_t value = 0;
  if (::getrandom(&value, sizeof value, 0) == sizeof value) return value;
  thread_local std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

lane_context::lane_context(const ingress_options& o, log& l, fold_lookup& f, const clock_source& c)
    : options(o),
      events(l),
      fold(f),
      clock(c),
      limits({o.user_per_second, o.user_per_minute},
             {o.user_commands_per_second, o.user_commands_per_minute, o.user_append_bytes,
              o.user_invites_per_minute}),
      deadlines_by(l.sole_writer() ? deadline_clock::never_behind_the_log : deadline_clock::own),
      clocks(l.partitions(), o.ack_timeout, deadlines_by),
      filter(o.prohibited_words) {}

std::uint64_t lane_context::random() const {
  return options.random ? options.random() : system_random();
}

timestamp lane_context::deadline_of(timestamp handed_over, timestamp log_time) const {
  const bool follows = deadlines_by == deadline_clock::never_behind_the_log;
  const timestamp from = follows ? std::max(handed_over, log_time) : handed_over;
  return timestamp{from.value + std::chrono::microseconds(options.ack_timeout).count()};
}

void lane_context::compare_clocks(partition_id partition, const decided_event& own) {
  const auto notice = clocks.observe(partition, {own.ev.gateway_time, own.append_time, clock.now()},
                                     clock.steady());
  if (!notice) return;
  diagnostics::write(notice->trouble ? diagnostics::level::warn : diagnostics::level::info,
                     "ingress", notice->text);
}

void lane_context::fail(std::string why) {
  const std::lock_guard lock(failure_mutex_);
  if (!failure_.empty()) return;
  diagnostics::error("ingress", why);
  failure_ = std::move(why);
  failed_.store(true, std::memory_order_release);
}

std::string lane_context::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

void lane_context::count(const command_outcome& outcome) {
  if (const auto* ack = std::get_if<command_ack>(&outcome)) {
    ++(ack->duplicate ? duplicates_ : accepted_);
    return;
  }
  const auto& refused = std::get<client_error>(outcome);
  ++(refused.code == error_code::unknown_outcome ? unknown_ : refused_);
  ++refused_by_code_[static_cast<std::size_t>(refused.code)];
  for (std::size_t i = 0; i < user_limit_names.size(); ++i) {
    if (refused.limit == user_limit_names[i]) ++refused_by_limit_[i];
  }
}

ingress_stats lane_context::stats() const {
  ingress_stats s;
  s.accepted = accepted_;
  s.duplicates = duplicates_;
  s.refused = refused_;
  s.unknown = unknown_;
  for (std::size_t i = 0; i < error_codes; ++i) s.refused_by_code[i] = refused_by_code_[i];
  for (std::size_t i = 0; i < user_limit_names.size(); ++i) {
    s.refused_by_limit[i] = refused_by_limit_[i];
  }
  s.users = limits.users();
  s.most_of_a_user = loads.most(&user_load::commands);
  s.most_bytes_of_a_user = loads.most(&user_load::bytes);
  s.fences = fences;
  s.in_flight = in_flight;
  s.in_flight_bytes = in_flight_bytes;
  s.clock_skews = clocks.skews();
  return s;
}

}  // namespace roomlog
