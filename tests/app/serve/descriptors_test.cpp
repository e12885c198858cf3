// Open files: how the limit is divided, and a server that strangers fill under a small one.
#include <gtest/gtest.h>

#include "app/config/config_loader.h"
#include "app/config/endpoint.h"
#include "app/serve/descriptor_plan.h"
#include "tests/app/chat_client.h"
#include "tests/app/http_get.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

config with(std::vector<std::pair<std::string, std::string>> settings = {}) {
  config_sources from;
  for (auto& [name, value] : settings) from.flags.push_back({"--set", name, value});
  return load_config(from).value().values;
}

std::uint64_t reserve_of(const descriptor_plan& plan, std::uint64_t stores) {
  return plan.connections_told + plan.admin_connections + stores * plan.files_per_store;
}

TEST(descriptor_plan, what_is_asked_for_fits_at_the_limit_and_not_one_below) {
  const auto settings = with();
  const auto needed = descriptors_needed(settings);
  const auto good = plan_descriptors(needed, settings).value();
  EXPECT_EQ(good.connections, 20'000u);
  EXPECT_EQ(good.files_per_store, 512u);
  EXPECT_EQ(good.shortage(20'000), "");
  const auto short_of_one = plan_descriptors(needed - 1, settings).value();
  EXPECT_EQ(short_of_one.connections, 19'999u);
  const auto said = short_of_one.shortage(20'000);
  for (const auto& part : {std::string("limits.connections = 20000"), std::to_string(needed - 1),
                           std::string("19999"), std::to_string(needed)})
    EXPECT_NE(said.find(part), std::string::npos) << said;
}

TEST(descriptor_plan, whatever_the_limit_is_its_parts_are_within_it) {
  using engine_stores = std::pair<const char*, std::uint64_t>;
  for (const auto& [engine, stores] :
       {engine_stores{"embedded", 2}, engine_stores{"memory", 0}, engine_stores{"kafka", 1}}) {
    const auto settings = with({{"log.engine", engine}, {"kafka.brokers", "x:1"}});
    for (std::uint64_t limit = 1; limit < 5'000; limit += 7) {
      const auto plan = plan_descriptors(limit, settings);
      if (!plan) {
        EXPECT_LT(limit, 200u) << engine << plan.error().text;
        EXPECT_EQ(plan.error().code, errc::invalid);
        continue;
      }
      EXPECT_GE(plan->connections, 1u);
      EXPECT_LE(plan->connections + reserve_of(*plan, stores), limit) << engine;
      EXPECT_GE(plan->files_per_store, 20u);  // below it RocksDB takes 20
      EXPECT_GE(plan->admin_connections, 4u);
    }
  }
}

TEST(descriptor_plan, event_loops_have_theirs) {
  EXPECT_EQ(descriptors_needed(with({{"server.threads", "5"}})),
            descriptors_needed(with({{"server.threads", "1"}})) + 12);
}

// The whole of it: strangers take what they can get, and everything else goes on, stores included,
// which open files all the time.
TEST(descriptors, strangers_who_take_all_connections_stop_nobody_else) {
  const temporary_directory directory;
  const auto data = directory.path() / "data";
  running_server server("ulimit -n 140", data,
                        {"--set", "log.write_buffer_bytes=1MiB", "--set",
                         "limits.user_per_second=0", "--set", "limits.user_per_minute=0"});
  EXPECT_TRUE(eventually([&] {
    return server.child().errors().find("limits.connections = 20000 does not fit") !=
           std::string::npos;
  })) << server.child().errors();
  const auto token = token_for(data, "ann", {"--scope", "unlimited"});
  chat_client ann(server, token);
  EXPECT_EQ(text_of(ann.ask(R"({"type":"create","id":1,"room":"r","cid":"c"})", 1), "type"), "ack");

  const auto port = parse_endpoint(server.http().substr(sizeof "http://" - 1))->port;
  std::vector<ws_client> strangers;
  for (int i = 0; i < 300; ++i) strangers.emplace_back(port, ws_connect_options{"", {}, 0, false});
  std::string text;  // 300 of them are some files of the log
  for (int i = 0; i < 3'900; ++i) text += "\u20ac";
  for (int i = 2; i < 300; ++i) {
    const auto id = std::to_string(i);
    const auto answer = ann.ask(R"({"type":"send","id":)" + id + R"(,"room":"r","cid":")" + id +
                                    R"(","text":")" + text + "\"}",
                                i);
    ASSERT_EQ(text_of(answer, "type"), "ack") << boost::json::serialize(answer);
  }
  EXPECT_EQ(http_get(server.admin(), "/livez").status, 200);
  EXPECT_EQ(http_get(server.admin(), "/readyz").status, 200);
  EXPECT_EQ(server.child().errors().find("cannot be accepted"), std::string::npos)
      << server.child().errors();
  strangers.clear();
  EXPECT_TRUE(
      eventually([&] { return http_get(server.http(), "/v1/rooms", "GET", token).status == 200; }));
}

TEST(descriptors, a_limit_that_is_too_low_for_a_server_is_refused_with_3) {
  const temporary_directory directory;
  child_process refused(child_process::shell{"ulimit -n 40; exec \"$ROOMLOG\" serve --data '" +
                                             (directory.path() / "d").string() +
                                             "' --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0"});
  EXPECT_EQ(refused.wait(), 3);
  EXPECT_NE(refused.errors().find("(RLIMIT_NOFILE) is 40"), std::string::npos) << refused.errors();
}

}  // namespace
}  // namespace roomlog::testing
