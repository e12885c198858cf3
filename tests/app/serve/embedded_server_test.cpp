// What is the embedded and the memory log's own at a running server: a disk that fails, records
// that are gone, nothing left behind.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <future>

#include "log/embedded/embedded_log.h"
#include "log/partitioner.h"
#include "schemas/records/codec.h"
#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/app/http_get.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

class embedded_server_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  temporary_directory directory_;
};

TEST_F(embedded_server_test, a_failed_disk_makes_the_server_not_ready_and_loses_nothing) {
  running_server server(data());
  const std::string token = token_for(data(), "ann");
  chat_client ann(server, token);
  (void)ann.ask(create_general, 1);  // checked by what follows
  EXPECT_EQ(number_of(ann.ask(send(2, "c-2", "kept"), 2), "seq"), 2);

  const rlimit none{1, 1};  // no file may grow: every write fails from here on
  ASSERT_EQ(::prlimit(server.child().pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  const auto answer = ann.ask(send(3, "c-3", "into the void"), 3);
  EXPECT_TRUE(text_of(answer, "code") == "unknown_outcome" ||
              text_of(answer, "code") == "unavailable")
      << boost::json::serialize(answer);
  const auto ready = http_get(server.admin(), "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find(R"({"name":"log","ready":false,"why":")"), std::string::npos)
      << ready.body;
  const auto page = ann.ask(R"({"type":"history","id":5,"room":"general"})", 5);
  // The views may have been committed before the disk failed; an older state is never shown.
  if (text_of(page, "type") == "page") {
    EXPECT_EQ(page.at("events").as_array().size(), 2u);
  } else {
    EXPECT_EQ(text_of(page, "code"), "unavailable") << boost::json::serialize(page);
  }
  EXPECT_EQ(server.stop(), 0);
  EXPECT_NE(server.child().errors().find("error log: "), std::string::npos)
      << server.child().errors();

  running_server again(data());
  chat_client back(again, token);
  const auto retried = back.ask(send(3, "c-3", "into the void"), 3);
  EXPECT_EQ(number_of(retried, "seq"), 3) << boost::json::serialize(retried);
}

TEST_F(embedded_server_test, a_log_that_lost_acknowledged_records_is_refused_with_5) {
  {
    running_server server(data());
    server.child().signal(SIGKILL);
    server.child().wait();
  }
  int cut = 0;
  for (const auto& file : std::filesystem::directory_iterator(data() / "log" / "records")) {
    if (file.path().extension() != ".log" || file.file_size() == 0) continue;
    std::filesystem::resize_file(file.path(), 0);
    ++cut;
  }
  ASSERT_GT(cut, 0);
  const auto ran = run_roomlog(running_server::arguments(data(), {}));
  EXPECT_EQ(ran.code, 5) << ran.err;
  EXPECT_NE(ran.err.find("cannot start: "), std::string::npos) << ran.err;
}

// What a release before the present format wrote at the head of a partition.
class former_codec final : public identity_codec {
 public:
  std::string encode(const log_identity& identity) const override {
    log_identity former = identity;
    former.format_version = format_version_current - 1;
    return descriptor_codec().encode(former);
  }
  result<log_identity> decode(byte_view value) const override {
    return descriptor_codec().decode(value);
  }
};

// S1.40
TEST_F(embedded_server_test, a_data_directory_of_the_format_before_is_refused_with_the_way_out) {
  std::filesystem::create_directories(data());
  {
    const former_codec former;
    const system_clock_source clock;
    const auto log = open_embedded_log(data() / "log", {}, {2, "e1"}, former, clock);
    ASSERT_TRUE(log) << log.error().text;
  }
  const auto ran = run_roomlog(running_server::arguments(data(), {}));
  EXPECT_EQ(ran.code, 3) << ran.err;
  for (const char* named :
       {"format version 1", "format version 2", "Start with a new data directory",
        "keep using the release of roomlog that wrote this log"}) {
    EXPECT_NE(ran.err.find(named), std::string::npos) << named << ": " << ran.err;
  }
}

// Appends a critical record of a type that no version knows, which each fold must stop at.
void append_what_stops_the_fold(const std::filesystem::path& data, partition_id partition) {
  const system_clock_source clock;
  auto log = open_embedded_log(data / "log", {}, {}, descriptor_codec(), clock);
  ASSERT_TRUE(log) << log.error().text;
  event strange;
  strange.room = "default/x";
  strange.actor = "ann";
  strange.cid = "c";
  strange.facts = unknown_body{77};
  std::promise<append_result> appended;
  ASSERT_TRUE((*log)->append(partition, {{"default/x", encode(strange)}},
                             [&](append_result r) { appended.set_value(std::move(r)); }));
  ASSERT_TRUE(appended.get_future().get());
  (*log)->close();
}

std::string room_of_partition(std::uint32_t partition, std::uint32_t partitions) {
  for (int n = 0;; ++n) {
    auto room = "r" + std::to_string(n);
    if (partition_of("default/" + room, partitions).value == partition) return room;
  }
}

// A partition that has stopped is unavailable, and nothing else is.
TEST_F(embedded_server_test, a_partition_that_has_stopped_leaves_all_others_in_service) {
  {
    running_server before(data(), {"--partitions", "2"});
    EXPECT_EQ(before.stop(), 0);
  }
  append_what_stops_the_fold(data(), partition_id{0});
  running_server server(data());
  const auto says_so = [&] {
    const auto ready = http_get(server.admin(), "/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_NE(ready.body.find(R"({"name":"fold","ready":false,"why":"partition 0, offset )"),
              std::string::npos)
        << ready.body;
    EXPECT_EQ(ready.body.find("fencing"), std::string::npos) << ready.body;
  };
  says_so();
  const std::string halted = room_of_partition(0, 2), healthy = room_of_partition(1, 2);
  chat_client ann(server, token_for(data(), "ann")), bob(server, token_for(data(), "bob"));
  const auto creates = [](const std::string& room, int id) {
    return R"({"type":"create","public":true,"room":")" + room + R"(","id":)" + std::to_string(id) +
           "}";
  };
  EXPECT_EQ(text_of(ann.ask(creates(halted, 1), 1), "code"), "unavailable");
  EXPECT_EQ(text_of(ann.ask(creates(healthy, 2), 2), "type"), "ack");
  EXPECT_EQ(text_of(bob.ask(R"({"type":"join","id":1,"room":")" + healthy + R"("})", 1), "type"),
            "ack");
  (void)bob.ask(R"({"type":"subscribe","id":2,"room":")" + healthy + R"("})", 2);
  EXPECT_EQ(text_of(ann.ask(R"({"type":"send","id":3,"cid":"c","text":"on we go","room":")" +
                                healthy + R"("})",
                            3),
                    "type"),
            "ack");
  const auto event = bob.wait_for([](const auto& o) { return text_of(o, "kind") == "message"; });
  EXPECT_EQ(text_of(event, "text"), "on we go");
  says_so();
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(embedded_server_test, a_start_without_any_partition_that_can_be_folded_is_refused_with_5) {
  {
    running_server before(data(), {"--partitions", "1"});
    EXPECT_EQ(before.stop(), 0);
  }
  append_what_stops_the_fold(data(), partition_id{0});
  const auto ran = run_roomlog(running_server::arguments(data(), {}));
  EXPECT_EQ(ran.code, 5) << ran.err;
  EXPECT_NE(ran.err.find("cannot start: partition 0, offset "), std::string::npos) << ran.err;
}

TEST_F(embedded_server_test, the_memory_log_leaves_nothing_behind) {
  running_server server(data(), {"--log", "memory"});
  EXPECT_EQ(http_get(server.admin(), "/readyz").status, 200);
  EXPECT_EQ(server.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(data() / "log"));
}

TEST_F(embedded_server_test, a_directory_without_a_log_is_not_read_and_left_alone) {
  temporary_directory empty;
  const auto ran = run_roomlog({"read", "--data", empty.path().string()});
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

}  // namespace
}  // namespace roomlog::testing
