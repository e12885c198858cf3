// A signed-in session of ann's beside a room "r" of ten events: ann made it, bob was invited and
// wrote the rest.
#pragma once

#include <gtest/gtest.h>

#include "pushers/queries/view_queries.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {

struct room_session : ::testing::Test {
  void SetUp() override {
    shard.world.create("default/r", "ann");
    shard.world.member("default/r", "ann", "bob", member_change::invited);
    shard.world.post_many("default/r", "bob", "text", 8);  // head 10
    client.sign_in("ann");
  }
  std::vector<std::string> all_said() {
    client.settle();
    return client.said();
  }
  // Frame types, seqs of events and live, codes of errors: "subscribed 9 10 live:10". `details` may
  // add something to a frame of another type.
  std::string story(const std::function<std::string(const std::string& frame)>& details = {}) {
    std::string all;
    for (const auto& object : all_said()) {
      const auto type = object == "<ping>" ? object : field(object, "type");
      if (!all.empty()) all += ' ';
      if (type == "event") {
        all += field(object, "seq");
      } else if (type == "live") {
        all += "live:" + field(object, "seq");
      } else {
        all += type == "error" ? field(object, "code") : type;
        if (details) all += details(object);
      }
    }
    return all;
  }
  void subscribe(const std::string& more = {}) {
    client.text(R"({"type":"subscribe","id":2,"room":"r")" + more + "}");
  }

  shard_rig shard;
  session_rig client{shard};
};

}  // namespace roomlog::testing
