// What the tests of the log share: waiting for answers, reading all there is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "log/log.h"
#include "log/log_stats.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {

// How long a test waits for what must happen before it says that it did not.
constexpr std::chrono::seconds deadline{30};

// Collects the answers of appends, by the order of the calls. Outlives them.
class append_answers {
 public:
  // Hands one append over; its answer takes the next place if it is accepted.
  result<> append(log& engine, partition_id partition, std::vector<append_entry> entries);
  result<> append(log& engine, partition_id partition, std::string value);

  // Waits until all that were accepted are answered; false when the deadline passes first.
  bool wait();
  std::size_t answered() const;
  // Valid for answered appends.
  append_result answer(std::size_t call) const;
  // True if any call was answered more than once.
  bool any_twice() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t accepted_ = 0;
  std::size_t calls_ = 0;
  bool twice_ = false;
  std::map<std::size_t, append_result> answers_;
};

// One append of one record, waited for.
append_result append_one(log& engine, partition_id partition, std::string value);

// "value 0", "value 1" …
std::vector<std::string> numbered(std::size_t count);
// One append for each value, in order; the test fails unless all succeed.
void append_all(log& engine, partition_id partition, const std::vector<std::string>& values);

struct plain_record {
  offset at;
  timestamp append_time;
  std::string key;
  std::string value;
};
// From `from` to the end, in reads of `bytes_max`; throws what read() says.
std::vector<plain_record> read_from(log& engine, partition_id partition, offset from,
                                    std::size_t bytes_max = std::size_t{1} << 20);
// All values of a partition but its descriptor.
std::vector<std::string> values_of(log& engine, partition_id partition);

}  // namespace roomlog::testing
