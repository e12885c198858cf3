// What the log on Kafka reads, and asks for, when brokers refuse it or have no leader: on
// librdkafka's mock brokers.
#include <gtest/gtest.h>

#include <future>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "tests/kafka/mock_brokers.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr partition_id p0{0};
constexpr partition_id p1{1};
constexpr auto fetch = mock_brokers::request::fetch;

std::vector<rd_kafka_resp_err_t> many(rd_kafka_resp_err_t code, std::size_t count = 20'000) {
  return std::vector(count, code);
}

struct kafka_mock_reads : ::testing::Test {
  mock_brokers brokers{2};

  // A log of some records, of which the tail keeps none.
  std::unique_ptr<log> open_with_records() {
    auto options = brokers.options();
    options.tail_bytes_per_partition = 0;
    auto events = brokers.open(options);
    for (const auto& value : numbered(10)) EXPECT_TRUE(appends(*events, p0, value));
    return events;
  }
  // One that no reader has fetched: they stood at the start, or stand at the end.
  static result<std::shared_ptr<const record_batch>> read(log& events) {
    return events.read(p0, offset{5}, 1000);
  }

  // Whether the tail goes on: an append is answered only when it was read back.
  static bool appends(log& events, partition_id to, const std::string& value) {
    const auto answer = std::make_shared<std::promise<bool>>();
    const auto done = [answer](const append_result& outcome) { answer->set_value(bool(outcome)); };
    if (!events.append(to, {{"key", value}}, done)) return false;
    auto answered = answer->get_future();
    return answered.wait_for(std::chrono::seconds(10)) == std::future_status::ready &&
           answered.get();
  }
};

// A position that brokers refuse, and have after all, is not given up.
TEST_F(kafka_mock_reads, the_tail_goes_on_where_its_position_was_refused_for_a_moment) {
  const auto events = brokers.open(brokers.options());
  ASSERT_TRUE(appends(*events, p0, "before"));
  brokers.fail(fetch, many(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, 2));
  EXPECT_TRUE(appends(*events, p0, "after"));
  EXPECT_EQ(events->failure(), "");
}

// Errors that nobody has heard of may pass, too.
TEST_F(kafka_mock_reads, a_read_that_brokers_refuse_for_a_while_is_worth_another_try) {
  const auto events = open_with_records();
  for (const auto code : {RD_KAFKA_RESP_ERR_UNKNOWN, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                          RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED}) {
    SCOPED_TRACE(rd_kafka_err2name(code));
    brokers.fail(fetch, many(code));
    const auto began = steady_clock::now();
    const auto refused = read(*events);
    EXPECT_LT(steady_clock::now() - began, milliseconds(4000));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().code == errc::timeout || refused.error().code == errc::unavailable)
        << refused.error().text;
    brokers.stop_failing(fetch);
    EXPECT_TRUE(eventually([&] { return static_cast<bool>(read(*events)); }));
  }
  EXPECT_TRUE(appends(*events, p0, "after"));
}

// A broker that stood still and leads no more refuses what it has not got, until it knows better.
TEST_F(kafka_mock_reads, a_position_that_is_refused_and_yet_there_is_no_damage) {
  const auto events = open_with_records();
  brokers.fail(fetch, many(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE));
  const auto refused = read(*events);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::timeout) << refused.error().text;
  brokers.stop_failing(fetch);
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(read(*events)); }));
  EXPECT_TRUE(appends(*events, p0, "after"));
  EXPECT_EQ(events->failure(), "");
}

// What may last is said now and then, not with each of fifty refusals a second.
TEST_F(kafka_mock_reads, refusals_that_last_fill_no_diagnostics) {
  const auto events = brokers.open(brokers.options());
  const auto errors = [&] { return events->stats().broker_errors; };
  ::testing::internal::CaptureStderr();
  brokers.fail(fetch, many(RD_KAFKA_RESP_ERR_UNKNOWN));
  EXPECT_TRUE(eventually([&] { return errors() > 100; }));
  brokers.stop_failing(fetch);
  diagnostics::flush();
  const auto said = ::testing::internal::GetCapturedStderr();
  int lines = 0;
  for (auto at = said.find("cannot be read"); at != std::string::npos; ++lines) {
    at = said.find("cannot be read", at + 1);
  }
  EXPECT_GE(lines, 1);
  EXPECT_LE(lines, 6);
  EXPECT_TRUE(appends(*events, p0, "after"));
}

// What the tail does not get is not counted as lag of the fold: it does not know of it.
TEST_F(kafka_mock_reads, records_that_do_not_come_are_counted) {
  const auto events = brokers.open(brokers.options());
  const auto unread = [&] { return events->stats().unread_records; };
  ASSERT_TRUE(appends(*events, p0, "before"));
  brokers.fail(fetch, many(RD_KAFKA_RESP_ERR_UNKNOWN));
  append_answers answers;
  for (const auto& value : numbered(3)) ASSERT_TRUE(answers.append(*events, p1, value));
  EXPECT_TRUE(eventually([&] { return unread() == 3; }));
  brokers.stop_failing(fetch);
  ASSERT_TRUE(answers.wait());
  EXPECT_TRUE(eventually([&] { return unread() == 0; }));
}

// A partition may be without a leader for hours, and a broker silent for seconds.
TEST_F(kafka_mock_reads, a_partition_without_leader_keeps_no_other_from_its_bounds) {
  const auto client = make_kafka_client(brokers.options().connection, kafka_role::admin).value();
  const auto ends = [&] {
    return kafka_bounds(client.get(), "events", {p0, p1}, kafka_bound::end, milliseconds(3000));
  };
  brokers.set_leader(1, 0);
  brokers.set_leader(-1, 1);
  const auto found = ends();
  EXPECT_EQ(found[0].value(), offset{0});
  ASSERT_FALSE(found[1]);
  EXPECT_EQ(found[1].error().code, errc::timeout);
  EXPECT_NE(found[1].error().text.find("no leader"), std::string::npos) << found[1].error().text;
  brokers.set_leader(2, 1);
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(ends()[1]); }));
}

TEST_F(kafka_mock_reads, a_silent_leader_keeps_no_other_from_its_bounds) {
  const auto client = make_kafka_client(brokers.options().connection, kafka_role::admin).value();
  const auto ends = [&] {
    return kafka_bounds(client.get(), "events", {p0, p1}, kafka_bound::end, milliseconds(3000));
  };
  brokers.set_leader(1, 0);
  brokers.set_leader(2, 1);
  ASSERT_TRUE(ends()[1]);
  brokers.set_slow(2, milliseconds(20'000));
  // Now and then it is the silent one that is asked who leads.
  EXPECT_TRUE(eventually([&] {
    const auto found = ends();
    EXPECT_FALSE(found[1]);
    return static_cast<bool>(found[0]);
  }));
}

}  // namespace
}  // namespace roomlog::testing
