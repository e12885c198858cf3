#include "log/identity.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <vector>

#include "log/log.h"

namespace roomlog {
namespace {

// How long an engine may take to append a descriptor and show it to readers (a Kafka cluster that
// is electing leaders needs some seconds).
constexpr std::chrono::seconds descriptor_wait_max{30};

error timed_out(partition_id partition) {
  return {errc::timeout, "the descriptor of partition " + std::to_string(partition.value) +
                             " was not written within " +
                             std::to_string(descriptor_wait_max.count()) + " s"};
}

std::string describe(const log_identity& identity) {
  return "epoch " + identity.epoch + ", " + std::to_string(identity.partitions) +
         " partitions, format version " + std::to_string(identity.format_version);
}

result<> check_request(const log_identity& identity) {
  const auto& epoch = identity.epoch;
  const bool hex = std::all_of(epoch.begin(), epoch.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (epoch.empty() || epoch.size() > 32 || !hex) {
    return error{errc::invalid, "the epoch '" + epoch + "' is not 1 to 32 characters of [0-9a-f]"};
  }
  if (identity.partitions == 0 || identity.partitions > partitions_max) {
    return error{errc::invalid, "partitions is " + std::to_string(identity.partitions) +
                                    "; it must be from 1 to " + std::to_string(partitions_max)};
  }
  return {};
}

// One append per partition named, all in flight together; returns once every one was answered.
result<> append_descriptors(log& engine, const std::vector<partition_id>& partitions,
                            const std::string& descriptor) {
  std::vector<std::future<append_result>> answers;
  for (const auto partition : partitions) {
    auto answer = std::make_shared<std::promise<append_result>>();
    answers.push_back(answer->get_future());
    auto accepted =
        engine.append(partition, {append_entry{std::string(), descriptor}},
                      [answer](append_result outcome) { answer->set_value(std::move(outcome)); });
    if (!accepted) return accepted.error();
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].wait_for(descriptor_wait_max) != std::future_status::ready) {
      return timed_out(partitions[i]);
    }
    auto outcome = answers[i].get();
    if (!outcome) return outcome.error();
  }
  return {};
}

// Returns once the partition shows a record: on some engines that is later than its answer.
result<> wait_for_record(log& engine, partition_id partition) {
  struct signal {
    std::mutex mutex;
    std::condition_variable moved;
  };
  const auto sign = std::make_shared<signal>();
  const auto filled = [&] {
    const auto bounds = engine.bounds(partition);
    return bounds.end > bounds.start;
  };
  const auto following = engine.follow(partition, [sign] {
    { const std::lock_guard lock(sign->mutex); }
    sign->moved.notify_all();
  });
  std::unique_lock lock(sign->mutex);
  if (!sign->moved.wait_for(lock, descriptor_wait_max, filled)) return timed_out(partition);
  return {};
}

// The descriptor at the head of a partition; not_found where the partition is empty, out_of_range
// where the descriptor was trimmed away with the first records.
result<log_identity> read_descriptor(log& engine, const identity_codec& codec,
                                     partition_id partition) {
  const auto bounds = engine.bounds(partition);
  if (bounds.start > offset{0}) {
    return error{errc::out_of_range, "partition " + std::to_string(partition.value) +
                                         " was trimmed: its descriptor is gone"};
  }
  if (bounds.end == bounds.start)
    return error{errc::not_found, "partition " + std::to_string(partition.value) + " is empty"};
  auto head = engine.read(partition, bounds.start, 1);
  if (!head) return head.error();
  auto identity = codec.decode((**head)[0].value);
  if (!identity) {
    return error{errc::damaged, "partition " + std::to_string(partition.value) + ", offset " +
                                    std::to_string(bounds.start.value) +
                                    ": no log descriptor stands at the head of the partition (" +
                                    identity.error().text + ")"};
  }
  return identity;
}

bool was_trimmed(const result<log_identity>& descriptor) {
  return !descriptor && descriptor.error().code == errc::out_of_range;
}

result<> check_partitions(const log_identity& found, const log& engine) {
  if (found.partitions == engine.partitions()) return {};
  return error{errc::mismatch, "the log's descriptor says " + std::to_string(found.partitions) +
                                   " partitions, but it was opened with " +
                                   std::to_string(engine.partitions())};
}

// That of another partition than the first, which is not open or was trimmed.
result<log_identity> find_a_copy(log& engine, const identity_codec& codec) {
  for (partition_id p{1}; p.value < engine.partitions(); ++p) {
    if (!engine.is_open(p)) continue;
    auto copy = read_descriptor(engine, codec, p);
    const bool none = !copy && (copy.error().code == errc::not_found || was_trimmed(copy));
    if (none) continue;
    if (!copy) return copy;
    if (auto fits = check_partitions(*copy, engine); !fits) return fits.error();
    return copy;
  }
  return error{errc::unavailable,
               "partition 0 does not show its descriptor, and no other partition says which log "
               "this is"};
}

result<log_identity> establish_first(log& engine, const identity_codec& codec,
                                     const log_identity& if_new) {
  constexpr partition_id first{0};
  auto found = read_descriptor(engine, codec, first);
  if (was_trimmed(found)) return find_a_copy(engine, codec);
  if (!found && found.error().code == errc::not_found) {
    if (auto fit = check_request(if_new); !fit) return fit.error();
    if (auto done = append_descriptors(engine, {first}, codec.encode(if_new)); !done) {
      return done.error();
    }
    if (auto shown = wait_for_record(engine, first); !shown) return shown.error();
    // Read back: where two processes start at once, the record that came first decides.
    found = read_descriptor(engine, codec, first);
  }
  if (!found) return found;
  if (auto fits = check_partitions(*found, engine); !fits) return fits.error();
  return found;
}

}  // namespace

result<> check_copy(log& engine, const identity_codec& codec, partition_id partition,
                    const log_identity& identity) {
  auto copy = read_descriptor(engine, codec, partition);
  if (was_trimmed(copy)) return {};
  if (!copy) return copy.error();
  if (*copy == identity) return {};
  return error{errc::mismatch, "partition " + std::to_string(partition.value) + " says " +
                                   describe(*copy) + "; partition 0 says " + describe(identity)};
}

result<> check_identity(const log_identity& found, const identity_request& wanted) {
  if (found.format_version != format_version_current) {
    const bool older = found.format_version < format_version_current;
    return error{errc::mismatch,
                 "the log was written in format version " + std::to_string(found.format_version) +
                     "; this program reads and writes format version " +
                     std::to_string(format_version_current) +
                     (older ? ". Start with a new data directory (on Kafka: with new topics), or "
                              "keep using the release of roomlog that wrote this log"
                            : ". Use the release of roomlog that wrote this log, or a later one")};
  }
  if (wanted.partitions && *wanted.partitions != found.partitions) {
    return error{errc::mismatch, "the log has " + std::to_string(found.partitions) +
                                     " partitions, but " + std::to_string(*wanted.partitions) +
                                     " were asked for; their number is fixed when a log is made"};
  }
  return {};
}

result<log_identity> establish_identity(log& engine, const identity_codec& codec,
                                        const log_identity& if_new) {
  auto identity = engine.is_open(partition_id{0}) ? establish_first(engine, codec, if_new)
                                                  : find_a_copy(engine, codec);
  if (!identity) return identity;

  std::vector<partition_id> missing;
  for (partition_id p{1}; p.value < engine.partitions(); ++p) {
    if (!engine.is_open(p)) continue;
    auto same = check_copy(engine, codec, p, *identity);
    if (!same && same.error().code == errc::not_found) {
      missing.push_back(p);
    } else if (!same) {
      return same.error();
    }
  }
  if (missing.empty()) return identity;
  if (auto done = append_descriptors(engine, missing, codec.encode(*identity)); !done) {
    return done.error();
  }
  for (const auto p : missing) {
    if (auto shown = wait_for_record(engine, p); !shown) return shown.error();
    if (auto same = check_copy(engine, codec, p, *identity); !same) return same.error();
  }
  return identity;
}

result<log_identity> find_identity(log& engine, const identity_codec& codec) {
  auto found = read_descriptor(engine, codec, partition_id{0});
  if (was_trimmed(found)) found = find_a_copy(engine, codec);
  if (!found && found.error().code == errc::not_found) {
    return error{errc::not_found, "the log is empty"};
  }
  if (!found) return found;
  if (auto fits = check_partitions(*found, engine); !fits) return fits.error();
  for (partition_id p{1}; p.value < engine.partitions(); ++p) {
    auto same = check_copy(engine, codec, p, *found);
    // Empty: the process that makes the log is about to write it.
    if (!same && same.error().code != errc::not_found) return same.error();
  }
  if (auto fits = check_identity(*found, {}); !fits) return fits.error();
  return found;
}

}  // namespace roomlog
