// The log on Kafka when connections break, answers get lost and brokers refuse: through a proxy
// before one real broker.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/kafka/engine_rig.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct kafka_engine_faults : ::testing::Test {
  broker_behind_proxy& broker = broker_behind_proxy::shared();
  broker_proxy& proxy = broker.proxy;
  engine_rig rig{proxy.address()};

  void make_topic_anew(const std::string& topic, int partitions) {
    const auto direct = broker.cluster.past_proxies();
    delete_topic(direct, topic);
    ASSERT_TRUE(eventually([&] {
      try {
        make_topic(direct, topic, {.partitions = partitions});
        return true;
      } catch (const std::runtime_error&) {
        return false;  // its name is still taken
      }
    }));
  }
  void produce_past_the_proxy(int count, const std::string& value) {
    for (int i = 0; i < count; ++i) {
      produce_one(broker.cluster.past_proxies(), rig.topic, 0, "key", value);
    }
  }
};

TEST_F(kafka_engine_faults, a_lost_answer_costs_nothing_and_doubles_nothing) {
  const auto engine = rig.open();
  append_answers answers;
  proxy.lose_produce_answers(3);
  for (const auto& value : numbered(50)) ASSERT_TRUE(answers.append(*engine, p0, value));
  ASSERT_TRUE(answers.wait());
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(answers.answer(i).value(), offset{i + 1});
  EXPECT_EQ(values_of(*engine, p0), numbered(50));
}

// As a broker says where it has forgotten at which offset it put the records.
TEST_F(kafka_engine_faults, a_report_without_offset_is_answered_with_the_true_one) {
  const auto engine = rig.open();
  append_answers answers;
  proxy.misreport_produce(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER, 1'000'000);
  for (const auto& value : numbered(50)) {
    ASSERT_TRUE(answers.append(*engine, p0, value));
    ASSERT_TRUE(answers.append(*engine, p1, value));
  }
  ASSERT_TRUE(answers.wait());
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(answers.answer(i).value(), offset{i / 2 + 1});
  EXPECT_FALSE(answers.any_twice());
}

TEST_F(kafka_engine_faults, a_report_without_offset_is_unknown_where_nothing_is_read_back) {
  rig.options.followed = {p1};
  const auto engine = rig.open();
  proxy.misreport_produce(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER, 1);
  EXPECT_EQ(append_one(*engine, p0, "a").error().code, errc::unknown_outcome);
}

// What each error code of a Produce answer comes to, whether the records are there or not.
struct produce_error {
  std::int16_t code;
  bool persisted;
};

class kafka_produce_errors : public kafka_engine_faults,
                             public ::testing::WithParamInterface<produce_error> {};

TEST_P(kafka_produce_errors, every_append_is_answered_once_and_honestly) {
  rig.options.connection.properties = {{"message.timeout.ms", "3000"}};
  const auto engine = rig.open();
  append_all(*engine, p0, {"before"});
  append_answers answers;
  if (GetParam().persisted) {
    proxy.misreport_produce(GetParam().code, 2);
  } else {
    proxy.refuse_produce(GetParam().code, 2);
  }
  std::size_t sent = 0;
  for (; sent < 200 && engine->failure().empty(); ++sent) {
    // A producer that is being replaced takes nothing for a moment.
    if (!eventually([&] {
          const auto taken = answers.append(*engine, p0, "v" + std::to_string(sent));
          return taken || taken.error().code == errc::unavailable;
        })) {
      break;
    }
  }
  ASSERT_TRUE(answers.wait());
  EXPECT_FALSE(answers.any_twice());
  EXPECT_TRUE(eventually([&] { return engine->load(p0).bytes == 0; }));
  if (engine->failure().empty()) {
    EXPECT_TRUE(eventually([&] { return static_cast<bool>(append_one(*engine, p0, "after")); }));
  }
  engine->close();

  const auto there = rig.open();
  std::map<std::string, std::vector<offset>> found;
  for (const auto& record : read_from(*there, p0, offset{1}))
    found[record.value].push_back(record.at);
  for (std::size_t i = 0; i < answers.answered(); ++i) {
    const auto answer = answers.answer(i);
    const auto at = found.find("v" + std::to_string(i));
    if (answer) {
      ASSERT_NE(at, found.end()) << i << " was answered, but it is not there";
      EXPECT_NE(std::find(at->second.begin(), at->second.end(), *answer), at->second.end()) << i;
    } else if (answer.error().code == errc::unavailable) {
      EXPECT_EQ(at, found.end()) << i << " is said never to have left, but it is there";
    } else {
      EXPECT_EQ(answer.error().code, errc::unknown_outcome);
    }
  }
}

std::vector<produce_error> produce_errors() {
  std::vector<produce_error> all;
  for (const auto code : {RD_KAFKA_RESP_ERR_UNKNOWN,
                          RD_KAFKA_RESP_ERR_INVALID_MSG,
                          RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                          RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                          RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                          RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                          RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                          RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
                          RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                          RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                          RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                          RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
                          RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                          RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
                          RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                          RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                          RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                          RD_KAFKA_RESP_ERR_INVALID_RECORD}) {
    for (const bool persisted : {false, true}) {
      // A broker that says the first has the records, one that says the others has not.
      if (code == RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER && !persisted) continue;
      const bool is_about_rights = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                                   code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
      if (is_about_rights && persisted) continue;
      all.push_back({static_cast<std::int16_t>(code), persisted});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(all, kafka_produce_errors, ::testing::ValuesIn(produce_errors()),
                         [](const auto& info) {
                           const auto* name =
                               rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(info.param.code));
                           return std::string(name) +
                                  (info.param.persisted ? "_though_persisted" : "");
                         });

TEST_F(kafka_engine_faults, after_a_fatal_error_another_producer_goes_on) {
  const auto engine = rig.open();
  append_all(*engine, p0, {"before"});
  proxy.refuse_produce(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
  append_answers answers;
  for (const auto& value : numbered(20)) (void)answers.append(*engine, p0, value);
  ASSERT_TRUE(answers.wait());
  EXPECT_TRUE(eventually([&] {
    const auto again = append_one(*engine, p0, "again");
    return static_cast<bool>(again);
  }));
  EXPECT_EQ(engine->failure(), "");
  EXPECT_EQ(engine->stats().producers_made, 2u);
}

TEST_F(kafka_engine_faults, connections_that_break_again_and_again_lose_and_double_nothing) {
  const auto engine = rig.open();
  append_answers answers;
  const auto values = numbered(3000);
  constexpr std::size_t open = 200;
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(answers.append(*engine, p0, values[i]));
    if (i % open != 0) continue;
    // While some are on their way, and again when the last ones of before have arrived.
    proxy.break_connections();
    ASSERT_TRUE(eventually([&] { return answers.answered() + open > i; }));
  }
  ASSERT_TRUE(answers.wait());
  const auto records = read_from(*engine, p0, offset{0});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto answer = answers.answer(i);
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(records.at(answer->value).value, values[i]);
  }
}

TEST_F(kafka_engine_faults, without_an_answer_appends_end_as_unknown_and_later_ones_go_on) {
  rig.options.connection.properties = {{"message.timeout.ms", "1000"}};
  const auto engine = rig.open();
  append_all(*engine, p0, {"before"});
  proxy.hold_everything();
  append_answers answers;
  for (const auto& value : numbered(10)) ASSERT_TRUE(answers.append(*engine, p0, value));
  ASSERT_TRUE(answers.wait());
  for (std::size_t i = 0; i < 10; ++i) ASSERT_FALSE(answers.answer(i));
  EXPECT_EQ(answers.answer(0).error().code, errc::unknown_outcome);
  EXPECT_EQ(engine->failure(), "");
  EXPECT_TRUE(eventually([&] { return engine->load(p0).bytes == 0; }));
  proxy.release_everything();
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(append_one(*engine, p0, "after")); }));
}

TEST_F(kafka_engine_faults, a_read_that_no_broker_answers_ends_and_is_good_later) {
  rig.options.tail_bytes_per_partition = 0;
  const auto engine = rig.open();
  append_all(*engine, p0, numbered(10));
  append_all(*engine, p0, {"all that the tail keeps"});
  const offset fetched_by_nobody{5};
  proxy.hold_everything();
  const auto silent = engine->read(p0, fetched_by_nobody, 1000);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, errc::timeout);
  proxy.release_everything();
  EXPECT_TRUE(
      eventually([&] { return static_cast<bool>(engine->read(p0, fetched_by_nobody, 1000)); }));
  EXPECT_EQ(values_of(*engine, p0).size(), 11u);
}

TEST_F(kafka_engine_faults, a_close_without_brokers_answers_everything_and_ends) {
  const auto engine = rig.open();
  proxy.hold_everything();
  append_answers answers;
  for (const auto& value : numbered(10)) ASSERT_TRUE(answers.append(*engine, p0, value));
  std::atomic<int> found{0};
  engine->find_end(p0, [&](result<offset>) { ++found; });
  const auto began = std::chrono::steady_clock::now();
  engine->close();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
  EXPECT_EQ(answers.answered(), 10u);
  EXPECT_EQ(found, 1);
}

TEST_F(kafka_engine_faults, records_deleted_before_they_were_read_stop_the_partition) {
  const auto engine = rig.open();
  append_all(*engine, p0, {"a"});
  proxy.hold_everything();
  proxy.break_connections();
  produce_past_the_proxy(10, "unread");
  delete_records(broker.cluster.past_proxies(), rig.topic, 0, 7);
  proxy.release_everything();
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  const auto at_end = engine->read(p0, offset{2}, 1000);
  ASSERT_FALSE(at_end);
  EXPECT_EQ(at_end.error().code, errc::out_of_range);
  EXPECT_NE(at_end.error().text.find("offset 2"), std::string::npos) << at_end.error().text;
  EXPECT_NE(at_end.error().text.find("up to 7"), std::string::npos) << at_end.error().text;
}

TEST_F(kafka_engine_faults, bytes_that_changed_on_the_way_are_asked_for_again) {
  const auto engine = rig.open();
  proxy.spoil_answers("spoiled once", 2);
  append_all(*engine, p0, {"spoiled once"});
  EXPECT_EQ(engine->failure(), "");
  engine->close();
  proxy.spoil_answers("spoiled once", 2);
  const auto fresh = rig.open();  // has nothing of it in a tail
  EXPECT_TRUE(eventually([&] {
    const auto read = fresh->read(p0, offset{1}, 1000);
    EXPECT_TRUE(read || read.error().code != errc::damaged) << read.error().text;
    return read && (*read)->size() == 1 && as_text((**read)[0].value) == "spoiled once";
  }));
}

TEST_F(kafka_engine_faults, bytes_that_stay_changed_stop_the_partition_where_they_are) {
  const auto engine = rig.open();
  append_all(*engine, p0, {"good"});
  proxy.spoil_answers("never right", 1000);
  append_answers answers;
  ASSERT_TRUE(answers.append(*engine, p0, "never right"));
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  EXPECT_NE(engine->failure().find("partition 0, offset 2"), std::string::npos)
      << engine->failure();
  EXPECT_TRUE(eventually([&] { return answers.answered() == 1; }));
  const auto fresh = rig.try_open();
  ASSERT_TRUE(fresh) << fresh.error().text;
  // After a wrong checksum librdkafka 2.0.2 may ask for a position of its own making and be
  // refused; the engine finds the record within the log's bounds then and answers "not now".
  std::string damage;
  EXPECT_TRUE(eventually([&] {
    const auto read = (*fresh)->read(p0, offset{2}, 1000);
    EXPECT_FALSE(read);
    if (read || read.error().code == errc::timeout) return false;
    EXPECT_EQ(read.error().code, errc::damaged) << read.error().text;
    damage = read.error().text;
    return true;
  }));
  EXPECT_NE(damage.find("partition 0, offset 2"), std::string::npos) << damage;
}

struct cut_topic {
  std::string name;
  int records;  // that the topic has when it is back; 5 were read
};
class kafka_cut_topic : public kafka_engine_faults,
                        public ::testing::WithParamInterface<cut_topic> {};

// The topic is made anew, as after an older backup was restored.
TEST_P(kafka_cut_topic, a_log_that_lost_its_end_is_damage_and_never_skipped) {
  const auto engine = rig.open();
  append_all(*engine, p0, numbered(4));
  proxy.hold_everything();
  proxy.break_connections();
  make_topic_anew(rig.topic, 2);
  produce_past_the_proxy(GetParam().records, "other");
  proxy.release_everything();
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  EXPECT_TRUE(eventually([&] { return !engine->read(p0, engine->bounds(p0).end, 1000); }));
  const auto at_end = engine->read(p0, engine->bounds(p0).end, 1000);
  EXPECT_EQ(at_end.error().code, errc::damaged) << at_end.error().text;
  EXPECT_NE(at_end.error().text.find("partition 0"), std::string::npos) << at_end.error().text;
}

INSTANTIATE_TEST_SUITE_P(with, kafka_cut_topic,
                         ::testing::Values(cut_topic{"fewer_records", 2},
                                           cut_topic{"as_many_other_records", 5},
                                           cut_topic{"more_other_records", 9}),
                         [](const auto& info) { return info.param.name; });

// No connection breaks, no leader changes, and where the log stood there are records again.
TEST_F(kafka_engine_faults, a_topic_made_anew_under_open_connections_is_found_out) {
  engine_rig small{proxy.address(), {.partitions = 1}};
  const auto engine = small.open();
  append_all(*engine, p0, {"a"});
  make_topic_anew(small.topic, 1);
  for (int i = 0; i < 9; ++i) {
    produce_one(broker.cluster.past_proxies(), small.topic, 0, "key", "other");
  }
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  EXPECT_NE(engine->failure().find("another record"), std::string::npos) << engine->failure();
}

}  // namespace
}  // namespace roomlog::testing
