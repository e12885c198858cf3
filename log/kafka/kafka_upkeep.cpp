// What the Kafka engine does besides appending and reading: one thread sees what is to be done and
// waits for no broker; what does wait runs on the threads of kafka-asks, one for each leader.
#include <pthread.h>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_metadata.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds tick{250};
constexpr milliseconds ask_wait{2'000};
constexpr milliseconds purge_wait{1'000};  // librdkafka does it at once, as a rule
constexpr microseconds producers_apart{1'000'000};
constexpr microseconds starts_apart{5'000'000};
constexpr microseconds leaders_apart{5'000'000};
constexpr microseconds leaders_apart_in_trouble{1'000'000};
constexpr microseconds compares_apart{1'000'000};
constexpr std::int32_t any_broker = -1;

void tell_news(const std::string& news) {
  if (!news.empty()) diagnostics::warn("kafka", news);
}

bool is_unavailable(const result<kafka_metadata>& metadata) {
  return !metadata && metadata.error().code == errc::unavailable;
}

}  // namespace

void kafka_engine::wake_upkeep() {
  {
    const std::lock_guard lock(upkeep_mutex_);
    upkeep_called_ = true;
  }
  upkeep_wanted_.notify_one();
}

void kafka_engine::begin_stop_upkeep() {
  {
    const std::lock_guard lock(upkeep_mutex_);
    upkeep_stopping_ = true;
  }
  upkeep_wanted_.notify_one();
}

bool kafka_engine::upkeep_stops() {
  const std::lock_guard lock(upkeep_mutex_);
  return upkeep_stopping_;
}

void kafka_engine::run_upkeep() {
  pthread_setname_np(pthread_self(), "kafka-upkeep");
  bool failure_told = false;
  for (;;) {
    {
      std::unique_lock lock(upkeep_mutex_);
      upkeep_wanted_.wait_for(lock, tick, [&] { return upkeep_called_ || upkeep_stopping_; });
      if (upkeep_stopping_) return;
      upkeep_called_ = false;
    }
    if (!failure_told && !budget_.failure().empty()) {
      failure_told = true;
      notify_all_partitions();
    }
    look_after_everything(clock_.steady());
  }
}

void kafka_engine::look_after_everything(microseconds now) {
  renew_producer(now);
  answer_matches(now);
  look_into_suspicions(now);
  compare_some(now);
  ask_for_leaders(now);
  open_late(now);
  refresh_bounds(now);
}

// One a second at most: a cluster that refuses every producer is not flooded with them.
void kafka_engine::renew_producer(microseconds now) {
  numbered_producer old;
  std::string why;
  {
    const std::lock_guard lock(producer_mutex_);
    if (fatal_.empty()) return;
    why = fatal_;
    old = std::exchange(producer_, {});
  }
  if (old.producer) retire(std::move(old), why);
  if (now - producer_made_at_ < producers_apart) return;  // the next tick
  producer_made_at_ = now;
  const std::lock_guard lock(producer_mutex_);
  fatal_.clear();  // the next append makes it
}

// The old one is gone before there is a new one: what it still had on its way cannot come behind
// what the new one sends.
void kafka_engine::retire(numbered_producer old, const std::string& why) {
  old.producer->purge(kafka_producer::purged::all);
  (void)old.producer->wait_until_empty(purge_wait);                // what is left is given up below
  while (old.producer.use_count() > 1) std::this_thread::yield();  // an append that holds it
  old.producer.reset();
  for (const auto& partition : partitions_) {
    answer(partition->appends.give_up(old.number, why));
    answer(partition->appends.take_due(clock_.steady()));
  }
}

void kafka_engine::answer_matches(microseconds now) {
  for (const auto& partition : partitions_) {
    if (partition->appends.waits_for_match()) answer(partition->appends.take_due(now));
  }
}

// Behind one question about a partition there is no other one: the thread of a leader that is
// silent is not filled with them.
bool kafka_engine::ask_about(kafka_partition& partition, std::function<void()> question) {
  {
    const std::lock_guard lock(upkeep_mutex_);
    if (!asked_about_.insert(partition.id).second) return false;
  }
  const auto answered = [this, id = partition.id] {
    const std::lock_guard lock(upkeep_mutex_);
    asked_about_.erase(id);
  };
  const bool posted = asking_.post(partition.leader(), [question = std::move(question), answered] {
    question();
    answered();
  });
  if (!posted) answered();
  return posted;
}

void kafka_engine::refresh_bounds(microseconds now) {
  if (now - starts_at_ < starts_apart || reach_.is_silent()) return;
  starts_at_ = now;
  std::map<std::int32_t, std::vector<partition_id>> led_by;
  for (const auto& partition : partitions_) led_by[partition->leader()].push_back(partition->id);
  for (auto& [leader, its] : led_by) {
    {
      const std::lock_guard lock(upkeep_mutex_);
      if (!asked_bounds_.insert(leader).second) continue;
    }
    const auto answered = [this, leader = leader] {
      const std::lock_guard lock(upkeep_mutex_);
      asked_bounds_.erase(leader);
    };
    const bool posted = asking_.post(leader, [this, its = std::move(its), answered] {
      find_bounds(its);
      answered();
    });
    if (!posted) answered();
  }
}

// The ends are for monitoring: a stopped tail looks level from here.
void kafka_engine::find_bounds(const std::vector<partition_id>& of_one_leader) {
  const auto ask = [&](kafka_bound which) {
    return kafka_bounds(questions_.get(), options_.topic, of_one_leader, which, ask_wait);
  };
  const auto starts = ask(kafka_bound::start);
  if (upkeep_stops()) return;
  const auto ends = ask(kafka_bound::end);
  for (std::size_t i = 0; i < of_one_leader.size(); ++i) {
    auto& partition = *partitions_[of_one_leader[i].value];
    if (starts[i] && partition.is_placed()) partition.raise_start(*starts[i]);
    if (ends[i]) partition.note_told_end(*ends[i]);
  }
}

void kafka_engine::ask_for_leaders(microseconds now) {
  const bool whole = reach_.is_whole() && !in_trouble_.load(std::memory_order_relaxed);
  if (now - leaders_at_ < (whole ? leaders_apart : leaders_apart_in_trouble)) return;
  {
    const std::lock_guard lock(upkeep_mutex_);
    if (std::exchange(leaders_asked_, true)) return;
  }
  leaders_at_ = now;
  const auto answered = [this] {
    const std::lock_guard lock(upkeep_mutex_);
    leaders_asked_ = false;
  };
  const bool posted = asking_.post(any_broker, [this, answered] {
    find_leaders();
    readers_.rest();
    answered();
  });
  if (!posted) answered();
}

// A client asks the same stopped broker again and again while its connection is open (librdkafka
// 2.0.2). A new one connects to another broker if the first does not answer.
result<kafka_metadata> kafka_engine::ask_through_new_client() {
  in_trouble_ = true;
  const auto client = make_kafka_client(options_.connection, kafka_role::admin);
  if (!client) return client.error();
  return kafka_topic_metadata(client->get(), options_.topic, ask_wait);
}

void kafka_engine::find_leaders() {
  in_trouble_ = false;
  auto metadata = kafka_topic_metadata(questions_.get(), options_.topic, ask_wait);
  if (upkeep_stops()) return;
  if (is_unavailable(metadata)) metadata = ask_through_new_client();
  const auto now = clock_.steady();
  if (is_unavailable(metadata)) return tell_news(reach_.note_silence());
  if (!metadata) {
    tell_news(reach_.note_answer(now, {}));
    if (metadata.error().code == errc::not_found) {
      on_refused(*partitions_[0], RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    }
    return;
  }
  const auto& topic = (*metadata)->topics[0];
  if (static_cast<std::size_t>(topic.partition_cnt) != partitions_.size()) {
    tell_news(reach_.note_answer(now, {}));
    return on_refused(*partitions_[0], RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  }
  note_leaders(topic, now);
}

// A partition with a new leader is compared with what was read from the old one.
void kafka_engine::note_leaders(const rd_kafka_metadata_topic_t& topic, microseconds now) {
  std::vector<partition_id> leaderless;
  const std::lock_guard lock(upkeep_mutex_);
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const partition_id id{static_cast<std::uint32_t>(topic.partitions[i].id)};
    auto& partition = *partitions_[id.value];
    const auto leader = topic.partitions[i].leader;
    if (partition.leader() >= -1 && partition.leader() != leader) remember_last(partition);
    partition.set_leader(leader);
    if (leader < 0) leaderless.push_back(id);
  }
  tell_news(reach_.note_answer(now, std::move(leaderless)));
}

void kafka_engine::compare_some(microseconds now) {
  if (now - compare_at_ < compares_apart) return;
  compare_at_ = now;
  auto& next = *partitions_[next_compared_++ % partitions_.size()];
  if (next.followed && !next.stopped()) {
    (void)ask_about(next, [this, &next] {
      compare_again(next);
      compare_remembered(next);
    });
  }
  std::vector<partition_id> due;
  {
    const std::lock_guard lock(upkeep_mutex_);
    for (const auto& [partition, record] : to_compare_) due.push_back(partition);
  }
  for (const auto id : due) {
    auto& partition = *partitions_[id.value];
    (void)ask_about(partition, [this, &partition] { compare_remembered(partition); });
  }
}

}  // namespace roomlog
