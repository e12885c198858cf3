#include "log/kafka/kafka_log.h"

#include <thread>

#include "log/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_metadata.h"
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
    return error{errc::invalid, "append_queue_bytes_max is 0, it must be at least 1"};
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
                                     " partitions, at most " + std::to_string(partitions_max) +
                                     " are possible"};
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

// Where every partition stands; asks until each has a leader that says so.
result<std::vector<watermarks>> find_bounds(rd_kafka_t* client, const kafka_log_options& options,
                                            std::uint32_t partitions,
                                            steady_clock::time_point until) {
  std::vector<partition_id> all;
  for (partition_id p{0}; p.value < partitions; ++p) all.push_back(p);
  const auto ask = [&](kafka_bound which) -> result<std::vector<offset>> {
    for (;;) {
      const auto found = kafka_bounds(client, options.topic, all, which, left_until(until));
      std::vector<offset> good;
      for (const auto& one : found) {
        if (one) good.push_back(*one);
      }
      if (good.size() == found.size()) return good;
      if (steady_clock::now() >= until) {
        for (const auto& one : found) {
          if (!one) return error{errc::unavailable, one.error().text};
        }
      }
      std::this_thread::sleep_for(ask_again_after);
    }
  };
  const auto starts = ask(kafka_bound::start);
  if (!starts) return starts.error();
  const auto ends = ask(kafka_bound::end);
  if (!ends) return ends.error();
  std::vector<watermarks> bounds;
  for (std::uint32_t p = 0; p < partitions; ++p) bounds.push_back({(*starts)[p], (*ends)[p]});
  return bounds;
}

result<std::vector<kafka_finding>> take_as_it_is(const kafka_connection&, const std::string&,
                                                 std::chrono::milliseconds) {
  return std::vector<kafka_finding>{};
}

// Started, without an identity.
result<std::unique_ptr<kafka_engine>> start_engine(const kafka_log_options& options,
                                                   const identity_request& wanted,
                                                   const clock_source& clock,
                                                   const kafka_topic_examiner& examine) {
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
  auto bounds = find_bounds(client->get(), options, *partitions, until);
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
  auto engine = start_engine(options, wanted, clock, examine);
  if (!engine) return engine.error();
  log_identity if_new;
  if_new.epoch = wanted.new_epoch;
  if_new.partitions = (*engine)->partitions();
  auto identity = establish_identity(**engine, codec, if_new);
  if (!identity) return identity.error();
  if (auto good = check_identity(*identity, wanted); !good) return good.error();
  (*engine)->set_identity(*identity);
  (*engine)->remember_topic();
  return std::unique_ptr<log>(*std::move(engine));
}

result<std::unique_ptr<log>> open_kafka_log_for_reading(const kafka_log_options& options,
                                                        const identity_codec& codec,
                                                        const clock_source& clock) {
  auto engine = start_engine(options, {}, clock, take_as_it_is);
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
