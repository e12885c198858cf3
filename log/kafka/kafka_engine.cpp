#include "log/kafka/kafka_engine.h"

#include <algorithm>

#include "log/append_queue.h"
#include "log/base/diagnostics.h"
#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

// What brokers have not taken and shown by then is given up at a close. Whoever ends with a drain
// has waited for the answers that somebody else waits for.
constexpr milliseconds close_wait{1'000};

// Some of them may be waiting for one leader that is silent. Each is made when it is needed.
std::size_t readers_for(std::size_t partitions) {
  return std::clamp<std::size_t>(partitions, 8, 16);
}

bool may_be_gone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace

kafka_engine::kafka_engine(const kafka_log_options& with, kafka_client questions,
                           std::vector<std::optional<watermarks>> at_opening,
                           const clock_source& clock)
    : options_(with),
      clock_(clock),
      budget_(with.append_queue_bytes_max),
      reach_(clock.steady()),
      readers_(with.connection, with.topic, readers_for(at_opening.size())),
      questions_(std::move(questions)) {
  for (std::uint32_t p = 0; p < at_opening.size(); ++p) {
    const auto& wanted = options_.followed;
    const bool followed =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), partition_id{p}) != wanted.end();
    partitions_.push_back(std::make_unique<kafka_partition>(
        partition_id{p}, followed ? kafka_follow::tail : kafka_follow::nothing, at_opening[p],
        options_.tail_bytes_per_partition));
  }
}

kafka_engine::~kafka_engine() {
  close();
}

result<> kafka_engine::start() {
  auto tail = kafka_tail::make(options_.connection, options_.topic, *this);
  if (!tail) return tail.error();
  tail_ = *std::move(tail);
  std::vector<kafka_partition*> followed;
  for (const auto& partition : partitions_) {
    if (partition->followed) followed.push_back(partition.get());
  }
  ends_ = std::make_unique<kafka_ends>(questions_.get(), options_.topic);
  upkeep_ = std::thread([this] { run_upkeep(); });
  return tail_->start(std::move(followed));
}

std::uint32_t kafka_engine::partitions() const {
  return static_cast<std::uint32_t>(partitions_.size());
}

// The first append makes the first producer: who only reads needs none.
result<kafka_engine::numbered_producer> kafka_engine::present_producer() {
  const std::lock_guard lock(producer_mutex_);
  if (producer_.producer) return producer_;
  if (!fatal_.empty()) {
    return error{errc::full, "the Kafka producer is being replaced: " + fatal_};
  }
  auto made = kafka_producer::make(options_.connection, options_.topic, options_.headers, *this);
  if (!made) return made.error();
  producer_ = {*std::move(made), ++producers_made_};
  return producer_;
}

// No queue and no thread of our own stands between a caller and librdkafka, whose queue it is: one
// wake less on the way of every append.
result<> kafka_engine::append(partition_id partition, std::vector<append_entry> entries,
                              append_handler done) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  if (entries.empty()) return error{errc::invalid, "an append has no records"};
  const auto bytes = queued_size(entries);
  if (auto admitted = budget_.admit(bytes); !admitted) {
    if (admitted.error().code == errc::full) count_refused_full();
    return admitted;
  }
  auto call = std::make_unique<kafka_append>();
  call->entries = std::move(entries);
  call->done = std::move(done);
  call->bytes = bytes;
  call->handed_over = clock_.steady();
  auto handed_over = [&]() -> result<> {
    auto to = present_producer();
    if (!to) return to.error();
    call->producer = to->number;
    return partitions_[partition.value]->appends.hand_over(
        std::move(call), [&](const append_entry& entry, kafka_append* mine) {
          return to->producer->send(partition, entry, mine);
        });
  }();
  if (!handed_over) budget_.release(bytes);
  return handed_over;
}

watermarks kafka_engine::bounds(partition_id partition) const {
  const auto& one = *partitions_.at(partition.value);
  return {one.start(), one.end()};
}

void kafka_engine::find_end(partition_id partition, std::function<void(result<offset>)> done) {
  if (partition.value >= partitions_.size()) return done(no_kafka_partition(partition));
  ends_->ask(partition, partitions_[partition.value]->leader(), std::move(done));
}

std::unique_ptr<follow_handle> kafka_engine::follow(partition_id partition,
                                                    std::function<void()> on_end) {
  return partitions_.at(partition.value)->following.add(std::move(on_end));
}

void kafka_engine::on_report(partition_id partition, kafka_append* call, rd_kafka_resp_err_t code,
                             kafka_report what) {
  if (!what.failed.empty()) {
    broker_errors_.fetch_add(1, std::memory_order_relaxed);
    // Brokers look at rights before they look at records, so what is refused so is nowhere. Only of
    // the first such append nothing is said, as of a write that failed in any engine.
    if (is_missing_kafka_right(code)) {
      what.may_have_left = fail("topic " + options_.topic + ": " + what.failed);
    }
    if (may_be_gone(code)) on_refused(*partitions_[partition.value], code);
  }
  auto& one = *partitions_[partition.value];
  if (!one.followed && what.at) one.raise_end(next(*what.at));
  one.appends.report(call, what, clock_.steady());
}

void kafka_engine::on_reports_taken(std::span<const partition_id> touched) {
  for (const auto p : touched) {
    auto& one = *partitions_[p.value];
    answer(one.appends.take_due(clock_.steady()));
    if (!one.followed) one.following.notify();
  }
}

void kafka_engine::on_records(kafka_partition& partition) {
  answer(partition.appends.take_due(clock_.steady()));
  partition.following.notify();
}

void kafka_engine::answer(kafka_answers due) {
  if (due.empty()) return;
  std::size_t bytes = 0;
  for (auto& one : due) {
    bytes += one.bytes;
    one.done(one.outcome);
  }
  count_appended([&](log_stats& to) {
    for (const auto& one : due) {
      if (!one.outcome) {
        const bool unsent = one.outcome.error().code == errc::unavailable;
        ++(unsent ? to.unsent_appends : to.unknown_appends);
        continue;
      }
      ++to.appends;
      to.records += one.records;
      to.bytes += one.data_bytes;
      to.group_write.observe(one.took.count());
    }
  });
  budget_.release(bytes);
}

void kafka_engine::on_fatal(const std::string& why) {
  diagnostics::warn("kafka", "the producer has failed and is replaced: " + why);
  {
    const std::lock_guard lock(producer_mutex_);
    fatal_ = why;
  }
  wake_upkeep();
}

void kafka_engine::on_trouble(rd_kafka_resp_err_t code, const std::string& why) {
  broker_errors_.fetch_add(1, std::memory_order_relaxed);
  diagnostics::debug("kafka", why);
  if (is_missing_kafka_right(code)) {
    (void)fail(why);  // it may have failed already
    return;
  }
  if (may_be_gone(code)) return on_refused(*partitions_[0], code);
  in_trouble_ = true;
  // Brokers may come back with less than they had, or with something else.
  const std::lock_guard lock(upkeep_mutex_);
  for (const auto& partition : partitions_) remember_last(*partition);
}

void kafka_engine::on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) {
  broker_errors_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(upkeep_mutex_);
    remember_last(partition);
    suspicions_.try_emplace(partition.id, suspicion{code, {}, 0});
  }
  wake_upkeep();
}

void kafka_engine::on_damage(kafka_partition& partition, const std::string& why) {
  stop_partition(partition, error{errc::damaged, why});
}

// A gateway that cannot read one partition can give no verdicts there: it is better restarted.
void kafka_engine::stop_partition(kafka_partition& partition, const error& why) {
  if (!partition.stop(why)) return;
  (void)fail(why.text);  // it may have failed already
  answer(partition.appends.take_due(clock_.steady()));
  partition.following.notify();
}

bool kafka_engine::fail(const std::string& why) {
  const auto text = "appends have stopped until a restart: " + why;
  if (!budget_.fail(text)) return false;
  diagnostics::error("kafka", text);
  std::shared_ptr<kafka_producer> producer;
  {
    const std::lock_guard lock(producer_mutex_);
    producer = producer_.producer;
  }
  if (producer) producer->purge(kafka_producer::purged::unsent);
  wake_upkeep();  // it tells the followers
  return true;
}

void kafka_engine::notify_all_partitions() {
  for (const auto& partition : partitions_) partition->following.notify();
}

void kafka_engine::close() {
  const std::lock_guard lock(closing_);
  if (std::exchange(closed_, true)) return;
  budget_.close();
  begin_stop_upkeep();  // all of these may be waiting for brokers
  if (ends_) ends_->begin_stop();
  reading_.begin_stop();
  asking_.begin_stop();
  (void)budget_.wait_until_empty(close_wait);  // what is left then is given up below
  if (upkeep_.joinable()) upkeep_.join();
  numbered_producer last;
  {
    const std::lock_guard producer_lock(producer_mutex_);
    last = std::exchange(producer_, {});
    fatal_ = "the log is closed";
  }
  if (last.producer) retire(std::move(last), "the log was closed before the brokers answered");
  asking_.stop();
  reading_.stop();
  if (tail_) tail_->stop();
  for (const auto& partition : partitions_) {
    partition->appends.stop_reading_back("the log was closed before the records were read back");
    answer(partition->appends.take_due(clock_.steady()));
  }
  if (ends_) ends_->stop();
  notify_all_partitions();
}

void kafka_engine::add_stats(log_stats& to) const {
  reach_.add_to(to, clock_.steady());
  to.broker_errors = broker_errors_.load(std::memory_order_relaxed);
  to.producers_made = producers_made_.load(std::memory_order_relaxed);
  for (const auto& partition : partitions_) {
    to.tail_bytes += partition->recent.bytes();
    to.unread_records += partition->unread();
  }
}

}  // namespace roomlog
