// What the Kafka engine does besides appending and reading: on one thread, which may block.
#include <pthread.h>

#include "log/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_metadata.h"
#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds tick{250};
constexpr milliseconds ask_wait{2'000};
constexpr milliseconds compare_wait{1'000};
constexpr milliseconds remember_wait{5'000};  // at the start, when every connection is a new one
constexpr milliseconds purge_wait{1'000};     // librdkafka does it at once, as a rule
constexpr microseconds producers_apart{1'000'000};
constexpr microseconds starts_apart{5'000'000};
constexpr microseconds leaders_apart{5'000'000};
constexpr microseconds leaders_apart_in_trouble{1'000'000};
constexpr microseconds compares_apart{1'000'000};
constexpr microseconds looks_apart{1'000'000};
// A position beyond the end, and a topic that is gone, are believed when they were seen this often:
// brokers that have just started or lost a leader may say so for a moment.
constexpr int looks_at_position = 3;
constexpr int looks_at_topic = 5;

void tell_news(const std::string& news) {
  if (!news.empty()) diagnostics::warn("kafka", news);
}

bool same_record(const record_batch& a, const record_batch& b) {
  return !a.empty() && !b.empty() && a[0].key == b[0].key &&
         as_text(a[0].value) == as_text(b[0].value) && a[0].append_time == b[0].append_time;
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

// Each step may wait for brokers for some seconds, so a stop is looked for between them.
void kafka_engine::look_after_everything(microseconds now) {
  renew_producer(now);
  answer_matches(now);
  look_into_suspicions(now);
  if (upkeep_stops()) return;
  if (now - compare_at_ >= compares_apart) {
    compare_at_ = now;
    compare_one_more();
    compare_tails();
  }
  if (upkeep_stops()) return;
  const bool whole = reach_.is_whole() && !in_trouble_.load(std::memory_order_relaxed);
  if (now - leaders_at_ >= (whole ? leaders_apart : leaders_apart_in_trouble)) {
    ask_for_leaders(now);
    leaders_at_ = clock_.steady();  // a silent cluster takes its time
  }
  open_late(now);
  if (upkeep_stops()) return;
  if (now - starts_at_ >= starts_apart && !reach_.is_silent()) {
    starts_at_ = now;
    refresh_bounds();
  }
  readers_.rest();
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

void kafka_engine::look_into_suspicions(microseconds now) {
  std::vector<std::pair<partition_id, suspicion>> due;
  {
    const std::lock_guard lock(upkeep_mutex_);
    for (const auto& [partition, about] : suspicions_) {
      if (about.look_at <= now) due.emplace_back(partition, about);
    }
  }
  for (auto& [partition, about] : due) {
    {
      // What is refused from now on, and be it right after reading goes on, is another suspicion.
      const std::lock_guard lock(upkeep_mutex_);
      suspicions_.erase(partition);
    }
    auto& one = *partitions_[partition.value];
    if (one.stopped() || look_into(one, about)) continue;
    about.look_at = now + looks_apart;
    const std::lock_guard lock(upkeep_mutex_);
    suspicions_[partition] = about;
  }
}

bool kafka_engine::look_into(kafka_partition& partition, suspicion& about) {
  switch (about.code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return look_for_position(partition, about);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return look_for_topic(partition, about);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      stop_partition(partition, {errc::io, "topic " + options_.topic + ": " +
                                               describe_kafka_error(about.code)});
      return true;
    default:
      // librdkafka goes on asking; this says so, once in a while.
      if (about.looked++ > 0) return resume(partition);
      diagnostics::warn("kafka",
                        "partition " + std::to_string(partition.id.value) +
                            " cannot be read, trying again: " + describe_kafka_error(about.code));
      return false;
  }
}

// Goes on reading, where what was read last is still what stands there. False: look again later.
bool kafka_engine::resume(kafka_partition& partition) {
  std::shared_ptr<const record_batch> last;
  {
    const std::lock_guard lock(upkeep_mutex_);
    const auto remembered = to_compare_.find(partition.id);
    if (remembered != to_compare_.end()) last = remembered->second;
  }
  if (last) {
    if (!compare(partition, *last)) return false;
    const std::lock_guard lock(upkeep_mutex_);
    to_compare_.erase(partition.id);
  }
  if (!partition.followed || !partition.is_placed()) return true;
  return partition.stopped() || tail_->resume(partition);
}

bool kafka_engine::look_for_position(kafka_partition& partition, suspicion& about) {
  const auto ask = [&](kafka_bound which) {
    return kafka_bounds(questions_.get(), options_.topic, {partition.id}, which, ask_wait)[0];
  };
  const auto start = ask(kafka_bound::start);
  const auto end = ask(kafka_bound::end);
  if (!start || !end) return false;
  partition.raise_start(*start);
  const auto ours = partition.recent.end();
  if (ours >= *start && ours <= *end) return resume(partition);
  if (++about.looked < looks_at_position) return false;
  const auto place = describe_position(partition.id, ours);
  if (ours < *start) {
    stop_partition(partition, {errc::out_of_range, place + ": the records up to " +
                                                       std::to_string(start->value) +
                                                       " were deleted before they were read"});
  } else {
    stop_partition(partition,
                   {errc::damaged, place + ": records up to here were read, but the log ends at " +
                                       std::to_string(end->value) + " now: topic " +
                                       options_.topic + " was cut off"});
  }
  return true;
}

bool kafka_engine::look_for_topic(kafka_partition& partition, suspicion& about) {
  const auto metadata = kafka_topic_metadata(questions_.get(), options_.topic, ask_wait);
  if (!metadata && metadata.error().code != errc::not_found) return false;  // nobody answers
  const auto found = metadata ? static_cast<std::size_t>((*metadata)->topics[0].partition_cnt) : 0;
  if (metadata && found == partitions_.size()) return resume(partition);
  if (++about.looked < looks_at_topic) return false;
  if (!metadata) {
    stop_partition(partition, {errc::damaged, metadata.error().text});
  } else {
    stop_partition(
        partition,
        {errc::mismatch, "topic " + options_.topic + " has " + std::to_string(found) +
                             " partitions now, it had " + std::to_string(partitions_.size())});
  }
  return true;
}

// The ends are for whoever watches: a tail that stands still looks level from here.
void kafka_engine::refresh_bounds() {
  std::vector<partition_id> all;
  for (const auto& partition : partitions_) all.push_back(partition->id);
  const auto starts =
      kafka_bounds(questions_.get(), options_.topic, all, kafka_bound::start, ask_wait);
  for (std::size_t p = 0; p < starts.size(); ++p) {
    if (starts[p] && partitions_[p]->is_placed()) partitions_[p]->raise_start(*starts[p]);
  }
  if (upkeep_stops()) return;
  const auto ends = kafka_bounds(questions_.get(), options_.topic, all, kafka_bound::end, ask_wait);
  std::uint64_t unread = 0;
  for (std::size_t p = 0; p < ends.size(); ++p) {
    const auto& partition = *partitions_[p];
    if (!ends[p] || !partition.followed || *ends[p] <= partition.end()) continue;
    unread += ends[p]->value - partition.end().value;
  }
  unread_records_.store(unread, std::memory_order_relaxed);
}

void kafka_engine::ask_for_leaders(microseconds now) {
  in_trouble_ = false;
  const auto metadata = kafka_topic_metadata(questions_.get(), options_.topic, ask_wait);
  if (!metadata && metadata.error().code == errc::unavailable) {
    return tell_news(reach_.note_silence());
  }
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
    const auto known = leaders_.find(id);
    const auto leader = topic.partitions[i].leader;
    if (known != leaders_.end() && known->second != leader) remember_last(*partitions_[id.value]);
    leaders_[id] = leader;
    if (leader < 0) leaderless.push_back(id);
  }
  tell_news(reach_.note_answer(now, std::move(leaderless)));
}

void kafka_engine::compare_tails() {
  decltype(to_compare_) due;
  {
    const std::lock_guard lock(upkeep_mutex_);
    due.swap(to_compare_);
  }
  for (auto one = due.begin(); one != due.end(); ++one) {
    if (compare(*partitions_[one->first.value], *one->second)) continue;
    // Brokers that do not answer now are asked about nothing else.
    const std::lock_guard lock(upkeep_mutex_);
    to_compare_.insert(one, due.end());
    return;
  }
}

// One record will do, as a topic is made anew with all of its partitions; the rounds of
// compare_one_more() have none until a round is over.
void kafka_engine::remember_topic() {
  for (const auto& partition : partitions_) {
    const auto [start, end] = bounds(partition->id);
    if (!partition->followed || start == end) continue;
    auto last = readers_.read(partition->id, offset{end.value - 1}, end, 1, remember_wait);
    const std::lock_guard lock(upkeep_mutex_);
    if (last) to_compare_.try_emplace(partition->id, *std::move(last));
    return;
  }
}

// A topic that is made anew under open connections is noticed by nobody. So what was read is looked
// at again, one partition a second: first what was the last record a round ago, as behind it there
// may be other records by now that were read from the new topic.
void kafka_engine::compare_one_more() {
  const auto& partition = *partitions_[next_compared_++ % partitions_.size()];
  if (!partition.followed || partition.stopped()) return;
  auto& anchor = anchors_[partition.id];
  auto last = last_record(partition);
  const auto end = partition.end();
  if (!last && !anchor && end > partition.start()) {  // the tail has taken none yet
    auto before = readers_.read(partition.id, offset{end.value - 1}, end, 1, compare_wait);
    if (before) last = *std::move(before);
  }
  if (anchor) {
    const std::lock_guard lock(upkeep_mutex_);
    to_compare_.try_emplace(partition.id, anchor);
  }
  if (last) anchor = std::move(last);
}

// A record that was read must still be the record at its offset.
bool kafka_engine::compare(kafka_partition& partition, const record_batch& ours) {
  const auto at = ours[0].at;
  if (partition.stopped() || at < partition.start()) return true;
  const auto read = [&] { return readers_.read(partition.id, at, next(at), 1, compare_wait); };
  auto theirs = read();
  // What broke on the way is whole the second time.
  if (!theirs && theirs.error().code == errc::damaged) theirs = read();
  if (!theirs && theirs.error().code == errc::out_of_range) {
    const std::lock_guard lock(upkeep_mutex_);
    suspicions_.try_emplace(partition.id, suspicion{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, {}, 0});
    return false;  // there may be other records in a moment
  }
  if (!theirs && theirs.error().code != errc::damaged) return false;
  if (!theirs || !same_record(ours, **theirs)) {
    stop_partition(partition, {errc::damaged, describe_position(partition.id, at) +
                                                  ": another record than the one that was read"});
    // It is seldom one partition alone that is another one now.
    const std::lock_guard lock(upkeep_mutex_);
    for (const auto& [id, anchor] : anchors_) {
      if (anchor) to_compare_.try_emplace(id, anchor);
    }
  }
  return true;
}

}  // namespace roomlog
