// The output of one connection without connection or session: replies, and deliveries beside them,
// are sent through a socket pair when the test says so.
#pragma once

#include <string>
#include <vector>

#include "pushers/session/deliveries.h"
#include "pushers/session/session_replies.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {

class output_rig final : public output_env, private output_source {
 public:
  explicit output_rig(shard_rig& shard);
  ~output_rig() override;

  moment now() const override { return time; }
  void wake() override { ++wakes; }
  void load_page(page_request request) override { pages.push_back(std::move(request)); }

  // Sends what is there, also of `events`, and gives the JSON texts; "<ping>" for a ping.
  std::vector<std::string> said();
  std::string said_one();  // of which there is one
  void pass(std::chrono::microseconds by) {
    time.steady += by;
    time.wall.value += by.count();
  }

  moment time{std::chrono::seconds(1000), timestamp{1'700'000'100'000'000}};
  std::size_t wakes = 0;
  std::vector<page_request> pages;  // asked for
  output_buffer out;
  session_replies replies;
  std::string user = "ann";
  deliveries events{replies, user};

 private:
  void prepare() override { events.prepare(); }
  void gather(gather_list& list) override { events.gather(list); }
  void consumed(std::size_t bytes, std::string& buffer) override { events.consumed(bytes, buffer); }
  int sockets_[2];
  std::string received_;
};

}  // namespace roomlog::testing
