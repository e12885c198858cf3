// What the tests of the pipeline ask of one gateway in its world.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/ingress/pipeline_world.h"

namespace roomlog::testing {

class pipeline : public ::testing::Test {
 protected:
  void begin(ingress_options options = {}, world_options with = {}) {
    world_ = std::make_unique<world>(with);
    world_->add_gateway(options);
    world_->start();
    ASSERT_TRUE(gw().wait_ready());
  }
  // With a public room "r" that ann owns.
  void begin_with_room(ingress_options options = {}) {
    begin(options);
    ASSERT_EQ(kind_of(ask(R"({"type":"create","id":"room","room":"r","public":true})")), "ack");
    world_->wait_folded();
  }
  test_gateway& gw() { return world_->gw(); }
  command_outcome ask(std::string_view json, const char* name = "ann", std::uint64_t from = 1) {
    return world_->ask(json, name, from);
  }
  std::string message(int n, std::string_view more = "") {
    const auto id = std::to_string(n);
    return R"({"type":"send","id":)" + id + R"(,"room":"r","cid":"c)" + id + R"(","text":"t")" +
           std::string(more) + "}";
  }
  // The refusal that must come at once.
  client_error refused(std::string_view json, const char* name = "ann", std::uint64_t from = 1) {
    world_->wait_folded();
    auto now = world_->send(json, name, from);
    if (now && std::holds_alternative<client_error>(*now)) return std::get<client_error>(*now);
    ADD_FAILURE() << "not refused at once: " << json;
    return {};
  }
  error_code refused_now(std::string_view json, const char* name, std::uint64_t from) {
    const auto now = world_->send(json, name, from);
    const auto* refused = now ? std::get_if<client_error>(&*now) : nullptr;
    return refused != nullptr ? refused->code : error_code::internal;
  }
  // Sends a command that is in the log and that the stopped fold has not decided.
  void get_ahead_of_fold(std::string_view json, const char* name) {
    const auto before = world_->events().bounds(partition_id{0}).end;
    EXPECT_FALSE(world_->send(json, name, 9));
    EXPECT_TRUE(eventually([&] { return world_->events().bounds(partition_id{0}).end > before; }));
  }
  // With ticks, for an answer that comes with one.
  std::string later_answer(const char* id) {
    EXPECT_TRUE(eventually([&] {
      gw().tick();
      return gw().answers_to(id) != 0;
    }));
    return kind_of(gw().wait_answer(id));
  }

  std::unique_ptr<world> world_;
};

}  // namespace roomlog::testing
