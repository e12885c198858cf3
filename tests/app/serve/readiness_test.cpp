// What makes a server unready, and what is only said.
#include "app/serve/readiness.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

TEST(readiness, a_note_makes_no_component_unready) {
  component_state log{"log", {}, component_state::lasts::no, {}};
  log.note = "no leader: partition 3";
  EXPECT_TRUE(all_ready({log}));
  EXPECT_EQ(
      readiness_json({log}, {"pusher"}),
      "{\"ready\":true,\"roles\":[\"pusher\"],\"components\":[{\"name\":\"log\",\"ready\":true,"
      "\"note\":\"no leader: partition 3\"}]}\n");
}

TEST(readiness, neither_records_to_read_nor_a_silent_broker_alone_make_a_component_unready) {
  component_state fold{"fold", {}, component_state::lasts::no, {{0, 7}, {1, 0}}};
  component_state log{"log", {}, component_state::lasts::no, {}};
  log.of_log = component_state::reach{std::chrono::milliseconds(1500), {partition_id{3}}};
  EXPECT_TRUE(all_ready({fold, log}));
  EXPECT_EQ(readiness_json({fold, log}, {}),
            "{\"ready\":true,\"roles\":[],\"components\":[{\"name\":\"fold\",\"ready\":true,"
            "\"lag\":[{\"partition\":0,\"records\":7},{\"partition\":1,\"records\":0}]},"
            "{\"name\":\"log\",\"ready\":true,\"reachable\":false,\"silent_ms\":1500,"
            "\"leaderless\":[3]}]}\n");
}

TEST(readiness, the_trouble_of_one_component_makes_the_server_unready_and_no_other_component) {
  const component_state good{"fold", {}, component_state::lasts::no, {}};
  for (const auto lasts : {component_state::lasts::no, component_state::lasts::yes}) {
    component_state bad{"log", "no broker answers", lasts, {}};
    bad.note = "a note besides";
    EXPECT_FALSE(all_ready({good, bad}));
    EXPECT_FALSE(all_ready({bad, good}));
    EXPECT_EQ(readiness_json({good, bad}, {}),
              "{\"ready\":false,\"roles\":[],\"components\":[{\"name\":\"fold\",\"ready\":true},"
              "{\"name\":\"log\",\"ready\":false,\"why\":\"no broker answers\","
              "\"note\":\"a note besides\"}]}\n");
  }
  EXPECT_TRUE(all_ready({}));
}

}  // namespace
}  // namespace roomlog::testing
