// What parts are given by a server whose settings are all at their defaults.
#include "app/commands/serve_options.h"

#include <gtest/gtest.h>

#include <boost/pfr.hpp>
#include <concepts>

namespace roomlog::testing {
namespace {

// The places, counted from 0, of the fields in which the two differ; of those that can be compared.
template <class Options>
std::string differing_fields(const Options& one, const Options& other) {
  std::string out;
  const auto compare = [&]<std::size_t... place>(std::index_sequence<place...>) {
    const auto compare_one = [&](const auto& a, const auto& b, std::size_t at) {
      if constexpr (std::equality_comparable<decltype(a)>) {
        if (!(a == b)) out += std::to_string(at) + ' ';
      }
    };
    (compare_one(boost::pfr::get<place>(one), boost::pfr::get<place>(other), place), ...);
  };
  compare(std::make_index_sequence<boost::pfr::tuple_size_v<Options>>());
  return out;
}

// Parts have defaults of their own, for tests and for programs without settings. What is tuned here
// must not be another number there.
TEST(serve_options, the_default_of_a_setting_is_that_of_the_part_which_it_is_for) {
  const config defaults;
  const auto clients = client_server_options_of(defaults, "");
  EXPECT_EQ(differing_fields(clients.limits, client_limits{}), "");
  EXPECT_EQ(differing_fields(clients.times, client_times{}), "");
  EXPECT_EQ(clients.shards, client_server_options{}.shards);
  EXPECT_EQ(clients.reader_threads, client_server_options{}.reader_threads);
  EXPECT_EQ(clients.http_queries, client_server_options{}.http_queries);
  EXPECT_EQ(differing_fields(ingress_options_of(defaults, "").value(), ingress_options{}), "");
  EXPECT_EQ(differing_fields(clients.limits.command, parser_limits{}), "");
  EXPECT_EQ(differing_fields(token_rules_of(defaults), token_rules{}), "");
  EXPECT_EQ(differing_fields(fold_options_of(defaults), fold_service_options{}), "");
  EXPECT_EQ(differing_fields(embedded_log_options_of(defaults), embedded_log_options{}), "");
  const auto kafka = kafka_log_options_of(defaults);
  EXPECT_EQ(kafka.topic, kafka_log_options{}.topic);
  EXPECT_EQ(kafka.allow_unsafe_topic, kafka_log_options{}.allow_unsafe_topic);
  EXPECT_EQ(kafka.append_queue_bytes_max, kafka_log_options{}.append_queue_bytes_max);
  EXPECT_EQ(kafka.tail_bytes_per_partition, kafka_log_options{}.tail_bytes_per_partition);
  EXPECT_EQ(kafka.open_wait, kafka_log_options{}.open_wait);
  const auto memory = memory_log_options_of(defaults);
  EXPECT_EQ(memory.append_queue_bytes_max, memory_log_options{}.append_queue_bytes_max);
  EXPECT_EQ(memory.group_bytes_max, memory_log_options{}.group_bytes_max);
}

// An attempt is over when its command can have waited to be read, and then for its deadline.
TEST(serve_options, an_attempt_lasts_as_long_as_its_command_may_wait_and_be_decided) {
  config from;
  from.limits.ack_timeout = std::chrono::seconds(60);
  const auto times = client_server_options_of(from, "").times;
  EXPECT_EQ(std::chrono::milliseconds(times.attempt_ms),
            from.limits.ack_timeout + times.input_age_max);
}

}  // namespace
}  // namespace roomlog::testing
