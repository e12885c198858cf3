#include "log/kafka/kafka_engine.h"

#include <algorithm>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_records.h"
#include "log/kafka/kafka_trim.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds trim_wait{5'000};
constexpr microseconds compares_apart{1'000'000};
constexpr microseconds rests_apart{5'000'000};

// Some of them may be waiting for one leader that is silent. Each is made when it is needed.
std::size_t readers_for(std::size_t partitions) {
  return std::clamp<std::size_t>(partitions, 8, 16);
}

kafka_partitions make_partitions(const kafka_log_options& with,
                                 const std::vector<std::optional<log_bounds>>& at_opening) {
  kafka_partitions made;
  for (std::uint32_t p = 0; p < at_opening.size(); ++p) {
    const auto& wanted = with.followed;
    const bool followed =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), partition_id{p}) != wanted.end();
    made.push_back(std::make_unique<kafka_partition>(
        partition_id{p}, followed ? kafka_follow::tail : kafka_follow::nothing, at_opening[p],
        with.tail_bytes_per_partition));
  }
  return made;
}

}  // namespace

kafka_engine::kafka_engine(const kafka_log_options& with, kafka_client client,
                           std::vector<std::optional<log_bounds>> at_opening,
                           const clock_source& clock)
    : options_(with),
      clock_(clock),
      partitions_(make_partitions(options_, at_opening)),
      client_(std::move(client)),
      inquiry_(with.connection, with.topic, client_.get()),
      reach_(clock.steady()),
      readers_(with.connection, with.topic, readers_for(at_opening.size())),
      appends_(options_, partitions_, clock, *this),
      reads_(
          with.topic, partitions_,
          [this](partition_id partition, offset from, offset end, std::size_t bytes_max,
                 milliseconds wait) {
            return readers_.read(partition, from, end, bytes_max, wait);
          },
          inquiry_, reach_,
          [this] {
            leaders_.note_trouble();
            upkeep_.wake();
          }),
      ends_(client_.get(), with.topic),
      comparison_(
          partitions_,
          [this](partition_id partition, offset at, milliseconds wait) {
            return readers_.read(partition, at, next(at), 1, wait);
          },
          *this),
      refusals_(
          with.topic, partitions_, inquiry_, comparison_,
          [this](const kafka_partition& partition) { return tail_->resume(partition); }, *this,
          clock),
      late_(
          *this, partitions_, inquiry_, reach_,
          [this](const kafka_partition& partition) { return tail_->begin(partition); }, *this),
      leaders_(partitions_, inquiry_, questions_, comparison_, reach_, *this, clock),
      upkeep_([this] { look_after_everything(); }) {}

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
  upkeep_.start();
  return tail_->start(std::move(followed));
}

std::uint32_t kafka_engine::partitions() const {
  return static_cast<std::uint32_t>(partitions_.size());
}

result<> kafka_engine::append(partition_id partition, std::vector<append_entry> entries,
                              append_handler done) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  if (entries.empty()) return error{errc::invalid, "an append has no records"};
  auto taken = appends_.append(*partitions_[partition.value], std::move(entries), std::move(done));
  if (!taken && taken.error().code == errc::full) count_refused_full();
  return taken;
}

log_bounds kafka_engine::bounds(partition_id partition) const {
  const auto& one = *partitions_.at(partition.value);
  return {one.start(), one.end()};
}

result<> kafka_engine::trim(partition_id partition, offset below) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  if (auto open = appends_.check_open(); !open) return open;
  auto& one = *partitions_[partition.value];
  if (!one.is_placed()) return never_led(options_.topic, partition);
  if (below > one.end()) {
    return error{errc::out_of_range, "partition " + std::to_string(partition.value) +
                                         " cannot be trimmed below " + std::to_string(below.value) +
                                         ": it ends at " + std::to_string(one.end().value)};
  }
  if (below <= one.start()) return {};
  const auto start =
      trim_kafka_partition(client_.get(), options_.topic, partition, below, trim_wait);
  if (!start) return start.error();
  one.raise_start(*start);
  return {};
}

void kafka_engine::find_end(partition_id partition, std::function<void(result<offset>)> done) {
  if (partition.value >= partitions_.size()) return done(no_kafka_partition(partition));
  ends_.ask(partition, partitions_[partition.value]->leader(), std::move(done));
}

std::unique_ptr<follow_handle> kafka_engine::follow(partition_id partition,
                                                    std::function<void()> on_end) {
  return partitions_.at(partition.value)->following.add(std::move(on_end));
}

void kafka_engine::on_report_failed(kafka_partition& partition, rd_kafka_resp_err_t code) {
  broker_errors_.fetch_add(1, std::memory_order_relaxed);
  if (is_missing_kafka_topic(code)) on_refused(partition, code);
}

void kafka_engine::on_records(kafka_partition& partition) {
  appends_.answer_due(partition);
  partition.following.notify();
}

void kafka_engine::on_answered(const kafka_answers& answers) {
  count_appended([&](log_stats& to) {
    for (const auto& one : answers) {
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
}

void kafka_engine::on_trouble(rd_kafka_resp_err_t code, const std::string& why) {
  broker_errors_.fetch_add(1, std::memory_order_relaxed);
  diagnostics::debug("kafka", why);
  if (is_missing_kafka_right(code)) {
    (void)appends_.fail(why);  // it may have failed already
    return;
  }
  if (is_missing_kafka_topic(code)) return on_refused(*partitions_[0], code);
  leaders_.note_trouble();
  comparison_.remember_all();  // brokers may come back with less than they had, or something else
}

void kafka_engine::on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) {
  broker_errors_.fetch_add(1, std::memory_order_relaxed);
  look_into(partition, code);
}

void kafka_engine::look_into(kafka_partition& partition, rd_kafka_resp_err_t code) {
  comparison_.remember_last(partition);
  refusals_.note(partition, code);
  upkeep_.wake();
}

void kafka_engine::on_damage(kafka_partition& partition, const std::string& why) {
  stop_partition(partition, error{errc::damaged, why});
}

// A gateway that cannot read one partition can give no verdicts there: it is better restarted.
void kafka_engine::stop_partition(kafka_partition& partition, const error& why) {
  if (!partition.stop(why)) return;
  (void)appends_.fail(why.text);  // they may have failed already
  appends_.answer_due(partition);
  partition.following.notify();
}

void kafka_engine::look_after_everything() {
  if (!failure_told_ && !appends_.failure().empty()) {
    failure_told_ = true;
    notify_all_partitions();
  }
  const auto now = clock_.steady();
  appends_.renew_producer(now);
  appends_.answer_unplaced();
  ask_what_is_due(now);
  leaders_.look(now);
}

// What is asked already is not asked twice.
void kafka_engine::ask_what_is_due(microseconds now) {
  for (auto* partition : refusals_.due(now)) {
    (void)questions_.ask_about(*partition, [=, this] { refusals_.look_into(*partition); });
  }
  for (auto* partition : late_.due(now)) {
    (void)questions_.ask_about(*partition, [=, this] { late_.look(*partition); });
  }
  if (now - rested_at_ >= rests_apart) {
    rested_at_ = now;
    (void)questions_.ask_anybody(kafka_questions::chore::rest_readers, [this] { readers_.rest(); });
  }
  if (now - compared_at_ < compares_apart) return;
  compared_at_ = now;
  if (auto* const its_turn = comparison_.next_in_round()) {
    (void)questions_.ask_about(*its_turn, [=, this] {
      comparison_.begin_round(*its_turn);
      comparison_.compare_remembered(*its_turn);
    });
  }
  for (auto* partition : comparison_.due()) {
    (void)questions_.ask_about(*partition,
                               [=, this] { comparison_.compare_remembered(*partition); });
  }
}

void kafka_engine::notify_all_partitions() {
  for (const auto& partition : partitions_) partition->following.notify();
}

void kafka_engine::close() {
  const std::lock_guard lock(closing_);
  if (std::exchange(closed_, true)) return;
  appends_.begin_close();
  upkeep_.begin_stop();  // all of these may be waiting for brokers
  ends_.begin_stop();
  reads_.begin_stop();
  questions_.begin_stop();
  appends_.wait_a_moment();
  upkeep_.stop();
  appends_.close();
  questions_.stop();
  reads_.stop();
  if (tail_) tail_->stop();
  for (const auto& partition : partitions_) {
    partition->appends.stop_reading_back("the log was closed before the records were read back");
    appends_.answer_due(*partition);
  }
  ends_.stop();
  notify_all_partitions();
}

void kafka_engine::add_stats(log_stats& to) const {
  reach_.add_to(to, clock_.steady());
  to.tail_reads = reads_.from_tail();
  to.storage_reads = reads_.from_storage();
  to.broker_errors = broker_errors_.load(std::memory_order_relaxed);
  to.producers_made = appends_.producers_made();
  for (const auto& partition : partitions_) {
    to.tail_bytes += partition->recent.bytes();
    to.unread_records += partition->unread();
  }
}

}  // namespace roomlog
