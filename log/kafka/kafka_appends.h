// The appends of one partition that are not answered yet, in the order of their hand-over.
//
//   hand_over ─► reports of all its records ─► records read back ─► answered
//                     ├ one failed ─────────────────────────────────► answered (1)
//                     └ persisted, offset unknown ─► matched (2) ───► answered
//
// (1) `unavailable` if nothing left this process, `unknown_outcome` otherwise.
// (2) The records are found by key and value among the records that are read back. The answer is
//     `unknown_outcome` if a later append of the same producer is read first, or if they are not
//     found within match_wait.
//
// It knows nothing of librdkafka, so every order of events can be tried.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/log.h"
#include "log/tail.h"

namespace roomlog {

// One append() call. The producer points into `entries` until the last report is in, so it does not
// move.
struct kafka_append {
  std::vector<append_entry> entries;
  append_handler done;
  std::size_t bytes = 0;  // what it counts in the bound of what waits
  std::chrono::microseconds handed_over{};
  std::uint64_t producer = 0;  // which one has it

  // Of kafka_appends, under its lock.
  std::size_t expected = 0, reported = 0;  // records
  std::optional<offset> first, last;       // lowest and highest offset reported
  bool some_persisted = false, some_without_offset = false, some_left = false;
  std::string failed;  // why, of the first record that failed
  std::chrono::microseconds all_reported{};
  offset search_from{};
  std::size_t matched = 0;  // entries found again
};

// What became of one record.
struct kafka_delivery_report {
  // Empty where the record is persisted.
  std::string failed;
  // Persisted: where, if that was said. Failed: whether it may have reached the broker all the
  // same.
  std::optional<offset> at;
  bool may_have_left = true;
};

// To be given out without any lock: answer.done(answer.outcome).
struct kafka_answer {
  append_handler done;
  append_result outcome;
  std::size_t bytes;  // that do not wait any more
  std::size_t records;
  std::size_t data_bytes;          // keys and values
  std::chrono::microseconds took;  // from hand-over to the last report
};
using kafka_answers = std::vector<kafka_answer>;

// Thread-safe.
class kafka_appends {
 public:
  static constexpr std::chrono::microseconds match_wait{10'000'000};

  // `read_back` is null where the partition is not followed: then reports alone decide. It outlives
  // this object.
  kafka_appends(partition_id partition, const tail* read_back);

  // Gives one record to the producer; keeps the pointer for report().
  using sender = std::function<result<>(const append_entry& entry, kafka_append* call)>;
  // All of the call under the lock, so that calls keep their order. Refused with what the sender
  // says of the first record; where a later one is refused, the call is answered as failed.
  result<> hand_over(std::unique_ptr<kafka_append> call, const sender& send);

  void report(kafka_append* call, const kafka_delivery_report& what, std::chrono::microseconds now);

  // What can be answered now: after reports, after the tail has moved, and now and then while
  // waits_for_match().
  kafka_answers take_due(std::chrono::microseconds now);
  // Of all calls that are not answered: what they count in the bound of what waits.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // A report without offset waits to be found again.
  bool waits_for_match() const;

  // The producer is gone, and so are its reports: whatever it had is answered.
  kafka_answers give_up(std::uint64_t producer, const std::string& why);
  // Nothing more will be read back: what waits for that is due as unknown_outcome.
  void stop_reading_back(const std::string& why);

 private:
  std::optional<append_result> outcome_of(kafka_append& call, std::chrono::microseconds now);
  std::optional<append_result> outcome_of_persisted(kafka_append& call,
                                                    std::chrono::microseconds now);
  bool find_again(kafka_append& call);
  bool is_overtaken(const kafka_append& call) const;
  kafka_answer answer(kafka_append& call, append_result outcome);

  const partition_id partition_;
  const tail* const read_back_;

  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<kafka_append>> open_;
  std::atomic<std::size_t> bytes_{0};  // changes under the lock, is read without
  offset claimed_{};                   // records below belong to earlier appends
  std::string reading_stopped_;
};

}  // namespace roomlog
