// Fewer replicas in sync than a record needs, on real brokers: nothing is acknowledged, and what
// was sent is there once when they are back.
#include <gtest/gtest.h>

#include <algorithm>

#include "log/kafka/kafka_admin.h"
#include "schemas/records/codec.h"
#include "tests/kafka/engine_rig.h"
#include "tests/kafka/gateway_world.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using roomlog::testing::eventually;

constexpr partition_id p0{0};

// Three replicas, of which so many must have a record.
topic_settings three_replicas(const std::string& at_least) {
  topic_settings all{.partitions = 1, .replicas = 3};
  all.settings.emplace_back("min.insync.replicas", at_least);
  return all;
}

struct kafka_replicas : ::testing::Test {
  // A stopped follower is out of sync after 2 s instead of 30.
  kafka_cluster brokers{{.count = 3, .settings = {{"replica.lag.time.max.ms", "2000"}}}};
  engine_rig rig{brokers.bootstrap(), three_replicas("3")};
  const system_clock_source clock;

  std::unique_ptr<log> open() {
    rig.options.connection.properties = {{"message.timeout.ms", "4000"}};
    return open_kafka_log(rig.options, {1, "abc123"}, descriptor_codec(), clock).value();
  }
  kafka_partition_status partition() const {
    const auto admin = kafka_admin::connect({brokers.bootstrap(), {}}, 20s).value();
    return admin.topic(rig.topic).value().partitions.at(0);
  }
  bool in_sync(std::size_t replicas) const {
    return eventually([&] { return partition().in_sync.size() == replicas; }, 60s);
  }
  int a_follower() const { return partition().leader % 3 + 1; }
  // What a bare producer that never tries again is told.
  rd_kafka_resp_err_t refusal() const {
    return produce_report(brokers.bootstrap(), rig.topic, 0, "somebody", "not a record",
                          {{"acks", "all"}, {"retries", "0"}});
  }

  // One replica leaves by `lose` while messages are sent, and comes back by `regain` when senders
  // were told that the outcome is unknown.
  void without_one(const std::function<void()>& lose, const std::function<void()>& regain) {
    gateway_world world(open());
    offset shown;
    world.before_send = [&](std::size_t number) {
      if (number != 100) return;
      lose();
      ASSERT_TRUE(in_sync(2));
      EXPECT_EQ(refusal(), RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
      shown = world.events().bounds(p0).end;
    };
    world.before_resend = [&] {
      EXPECT_EQ(world.events().bounds(p0).end, shown) << "shown with too few replicas";
      regain();
    };
    EXPECT_TRUE(world.send_all(300));
    EXPECT_GT(world.resent(), 0u);
    EXPECT_GT(world.events().bounds(p0).end, shown);
    world.expect_nothing_lost_doubled_or_reordered();
    EXPECT_EQ(world.events().failure(), "");
  }
};

TEST_F(kafka_replicas, one_broker_less_than_a_record_needs_acknowledges_nothing) {
  const int broker = a_follower();
  without_one([&] { brokers.kill(broker); }, [&] { brokers.restart(broker); });
}

// It keeps its place in the set for a while: what the leader has appended by then is not refused,
// but answered as not enough after all, and shown when the replica is back.
TEST_F(kafka_replicas, a_replica_that_stands_still_holds_every_ack_until_it_goes_on) {
  const int broker = a_follower();
  without_one([&] { brokers.pause(broker); }, [&] { brokers.proceed(broker); });
}

// Two of three are enough here: a new leader knows its end once enough replicas are in sync with
// it.
TEST_F(kafka_replicas, a_start_while_the_leader_stands_still_goes_on_with_the_next_one) {
  engine_rig two{brokers.bootstrap(), three_replicas("2")};
  two.open()->close();
  const auto admin = kafka_admin::connect({brokers.bootstrap(), {}}, 20s).value();
  const int leader = admin.topic(two.topic).value().partitions.at(0).leader;
  brokers.pause(leader);
  two.options.open_wait = 60s;  // others take over after the broker's session timeout, 9 s
  const auto engine = two.try_open();
  brokers.proceed(leader);
  ASSERT_TRUE(engine) << engine.error().text;
  EXPECT_EQ((*engine)->bounds(p0).end, offset{1});
}

TEST_F(kafka_replicas, appends_are_answered_honestly_by_the_log_itself) {
  const auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "before"));
  const int broker = a_follower();
  brokers.kill(broker);
  ASSERT_TRUE(in_sync(2));
  const auto refused = append_one(*engine, p0, "meanwhile");
  ASSERT_FALSE(refused) << "acknowledged with too few replicas";
  const bool never_left = refused.error().code == errc::unavailable;
  EXPECT_TRUE(never_left || refused.error().code == errc::unknown_outcome) << refused.error().text;
  brokers.restart(broker);
  ASSERT_TRUE(in_sync(3));
  ASSERT_TRUE(eventually([&] { return static_cast<bool>(append_one(*engine, p0, "after")); }));
  const auto values = values_of(*engine, p0);
  EXPECT_LE(std::ranges::count(values, "meanwhile"), never_left ? 0 : 1);
  EXPECT_EQ(engine->failure(), "");
}

}  // namespace
}  // namespace roomlog::testing
