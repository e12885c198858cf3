#include "log/kafka/kafka_log.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_metadata.h"
#include "log/kafka/kafka_opening.h"
#include "log/kafka/kafka_topics.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds ask_again_after{100};

milliseconds left_until(steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
  return std::max(left, milliseconds{1});
}

result<> check_options(const kafka_log_options& options) {
  if (auto named = check_kafka_topic_name(options.topic); !named) return named;
  if (options.append_queue_bytes_max == 0) {
    return error{errc::invalid, "append_queue_bytes_max is 0; it must be 1 or more"};
  }
  return {};
}

// The topic's partitions; a topic that was made a moment ago may not be known to every broker.
result<std::uint32_t> count_partitions(rd_kafka_t* client, const kafka_log_options& options,
                                       steady_clock::time_point until) {
  const auto metadata = ask_while_news(
      [&] { return kafka_topic_metadata(client, options.topic, left_until(until)); });
  if (!metadata && metadata.error().code == errc::not_found) {
    return error{errc::not_found, metadata.error().text + "; " +
                                      kafka_topics_command(options.connection, options.topic) +
                                      " makes it"};
  }
  if (!metadata) return metadata.error();
  return static_cast<std::uint32_t>((*metadata)->topics[0].partition_cnt);
}

result<> check_partitions(std::uint32_t found, const kafka_log_options& options,
                          const identity_request& wanted) {
  if (found > partitions_max) {
    return error{errc::mismatch, "topic " + options.topic + " has " + std::to_string(found) +
                                     " partitions, but a log has at most " +
                                     std::to_string(partitions_max)};
  }
  for (const auto p : options.followed) {
    if (p.value < found) continue;
    return error{errc::invalid, "partition " + std::to_string(p.value) +
                                    " is to be followed, but topic " + options.topic + " has " +
                                    std::to_string(found) + " partitions"};
  }
  log_identity of_topic;
  of_topic.partitions = found;
  return check_identity(of_topic, wanted);
}

using found_bounds = std::vector<std::optional<log_bounds>>;

bool is_missing(const std::optional<log_bounds>& one) {
  return !one.has_value();
}

// Of those that are not found yet: where they stand, as far as their leaders say so.
void find_more_bounds(rd_kafka_t* client, const std::string& topic, found_bounds& into,
                      milliseconds wait) {
  std::vector<partition_id> wanted;
  for (partition_id p{0}; p.value < into.size(); ++p) {
    if (!into[p.value]) wanted.push_back(p);
  }
  const auto starts = kafka_bounds(client, topic, wanted, kafka_bound::start, wait);
  const auto ends = kafka_bounds(client, topic, wanted, kafka_bound::end, wait);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (starts[i] && ends[i]) into[wanted[i].value] = log_bounds{*starts[i], *ends[i]};
  }
}

error without_leader(const kafka_log_options& options, const found_bounds& found) {
  std::vector<partition_id> missing;
  for (partition_id p{0}; p.value < found.size(); ++p) {
    if (!found[p.value]) missing.push_back(p);
  }
  return {errc::unavailable, "topic " + options.topic + ": no leader answered within " +
                                 std::to_string(options.open_wait.count()) + " ms for partitions " +
                                 describe_partitions(missing)};
}

// Where every partition stands; asks until each has a leader that says so, or time is up.
found_bounds find_bounds(rd_kafka_t* client, const kafka_log_options& options,
                         std::uint32_t partitions, steady_clock::time_point until) {
  found_bounds found(partitions);
  for (;;) {
    find_more_bounds(client, options.topic, found, left_until(until) / 2);
    if (std::ranges::none_of(found, is_missing) || steady_clock::now() >= until) return found;
    std::this_thread::sleep_for(ask_again_after);
  }
}

// A start goes on without the partitions that have no leader, if another one has one; a look
// from outside wants them all.
enum class partitions_wanted { some, all };

result<found_bounds> check_bounds(const kafka_log_options& options, found_bounds found,
                                  partitions_wanted wanted) {
  const auto missing = std::ranges::count_if(found, is_missing);
  if (missing == 0) return found;
  const auto why = without_leader(options, found);
  const bool none = static_cast<std::size_t>(missing) == found.size();
  if (none || wanted == partitions_wanted::all) return why;
  diagnostics::warn("kafka", why.text + "; the others are served, these when they have a leader");
  return found;
}

result<std::vector<kafka_finding>> take_as_it_is(const kafka_connection&, const std::string&,
                                                 std::chrono::milliseconds) {
  return std::vector<kafka_finding>{};
}

// Started, without an identity.
result<std::unique_ptr<kafka_engine>> start_engine(const kafka_log_options& options,
                                                   const identity_request& wanted,
                                                   const clock_source& clock,
                                                   const kafka_topic_examiner& examine,
                                                   partitions_wanted which) {
  if (auto good = check_options(options); !good) return good.error();
  const auto until = steady_clock::now() + options.open_wait;
  auto client = make_kafka_client(options.connection, kafka_role::admin);
  if (!client) return client.error();
  const auto partitions = count_partitions(client->get(), options, until);
  if (!partitions) return partitions.error();
  if (auto good = check_partitions(*partitions, options, wanted); !good) return good.error();
  const auto found = examine(options.connection, options.topic, left_until(until));
  if (!found) return found.error();
  if (auto fit = check_kafka_findings(*found, options.allow_unsafe_topic); !fit) return fit.error();
  auto bounds =
      check_bounds(options, find_bounds(client->get(), options, *partitions, until), which);
  if (!bounds) return bounds.error();
  auto engine =
      std::make_unique<kafka_engine>(options, *std::move(client), *std::move(bounds), clock);
  if (auto started = engine->start(); !started) return started.error();
  return engine;
}

}  // namespace

result<std::unique_ptr<log>> open_kafka_log(const kafka_log_options& options,
                                            const identity_request& wanted,
                                            const identity_codec& codec,
                                            const clock_source& clock) {
  return open_kafka_engine(options, wanted, codec, clock, examine_kafka_topic);
}

result<std::unique_ptr<log>> open_kafka_engine(const kafka_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock,
                                               const kafka_topic_examiner& examine) {
  auto engine = start_engine(options, wanted, clock, examine, partitions_wanted::some);
  if (!engine) return engine.error();
  log_identity if_new;
  if_new.epoch = wanted.new_epoch;
  if_new.partitions = (*engine)->partitions();
  auto identity = establish_identity(**engine, codec, if_new);
  if (!identity) return identity.error();
  if (auto good = check_identity(*identity, wanted); !good) return good.error();
  (*engine)->set_identity(*identity);
  (*engine)->remember_topic();
  (*engine)->open_the_rest(codec);
  return std::unique_ptr<log>(*std::move(engine));
}

result<std::unique_ptr<log>> open_kafka_log_for_reading(const kafka_log_options& options,
                                                        const identity_codec& codec,
                                                        const clock_source& clock) {
  auto engine = start_engine(options, {}, clock, take_as_it_is, partitions_wanted::all);
  if (!engine) return engine.error();
  (*engine)->close();  // refuses every append from now on
  auto identity = find_identity(**engine, codec);
  if (!identity && identity.error().code == errc::not_found) {
    return error{errc::not_found, "topic " + options.topic + ": " + identity.error().text};
  }
  if (!identity) return identity.error();
  (*engine)->set_identity(*identity);
  return std::unique_ptr<log>(*std::move(engine));
}

}  // namespace roomlog
