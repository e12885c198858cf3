#include "log/kafka/kafka_leader_watch.h"

#include <map>

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr microseconds bounds_apart{5'000'000};
constexpr microseconds leaders_apart{5'000'000};
constexpr microseconds leaders_apart_in_trouble{1'000'000};

void tell_news(const std::string& news) {
  if (!news.empty()) diagnostics::warn("kafka", news);
}

bool is_unavailable(const result<kafka_inquiry::leaders>& found) {
  return !found && found.error().code == errc::unavailable;
}

}  // namespace

void kafka_leader_watch::look(microseconds now) {
  ask_for_leaders(now);
  ask_for_bounds(now);
}

void kafka_leader_watch::ask_for_leaders(microseconds now) {
  const bool whole = reach_.is_whole() && !in_trouble_.load(std::memory_order_relaxed);
  if (now - leaders_at_ < (whole ? leaders_apart : leaders_apart_in_trouble)) return;
  const auto ask = [this] { find_leaders(); };
  if (questions_.ask_anybody(kafka_questions::chore::find_leaders, ask)) leaders_at_ = now;
}

void kafka_leader_watch::ask_for_bounds(microseconds now) {
  if (now - bounds_at_ < bounds_apart || reach_.is_silent()) return;
  bounds_at_ = now;
  std::map<std::int32_t, std::vector<partition_id>> led_by;
  for (const auto& partition : partitions_) led_by[partition->leader()].push_back(partition->id);
  for (auto& [leader, its] : led_by) {
    (void)questions_.ask_leader(leader, [this, its = std::move(its)] { find_bounds(its); });
  }
}

void kafka_leader_watch::find_leaders() {
  in_trouble_ = false;
  auto found = inquiry_.find_leaders();
  if (questions_.is_stopping()) return;
  if (is_unavailable(found)) {
    in_trouble_ = true;
    found = inquiry_.find_leaders_anew();
  }
  if (is_unavailable(found)) return tell_news(reach_.note_silence());
  if (found && found->size() == partitions_.size()) return note_leaders(*found);
  tell_news(reach_.note_answer(clock_.steady(), {}));
  const bool gone = found || found.error().code == errc::not_found;
  if (gone) owner_.on_refused(*partitions_[0], RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

void kafka_leader_watch::note_leaders(const kafka_inquiry::leaders& found) {
  std::vector<partition_id> leaderless;
  for (const auto& partition : partitions_) {
    const auto leader = found[partition->id.value];
    const bool known = partition->leader() >= -1;
    if (known && partition->leader() != leader) comparison_.remember_last(*partition);
    partition->set_leader(leader);
    if (leader < 0) leaderless.push_back(partition->id);
  }
  tell_news(reach_.note_answer(clock_.steady(), std::move(leaderless)));
}

// The ends are for monitoring: a stopped tail looks level from here.
void kafka_leader_watch::find_bounds(const std::vector<partition_id>& of_one_leader) {
  const auto starts = inquiry_.bounds(of_one_leader, kafka_bound::start);
  if (questions_.is_stopping()) return;
  const auto ends = inquiry_.bounds(of_one_leader, kafka_bound::end);
  for (std::size_t i = 0; i < of_one_leader.size(); ++i) {
    auto& partition = *partitions_[of_one_leader[i].value];
    if (starts[i] && partition.is_placed()) partition.raise_start(*starts[i]);
    if (ends[i]) partition.note_told_end(*ends[i]);
  }
}

}  // namespace roomlog
