// A gateway of another program: it writes records straight into the log, among them some that this
// server's commands do not make (watermarks), and some that are wrong.
#pragma once

#include <cstdint>
#include <string>

#include "schemas/records/event.h"
#include "tests/sim/random_source.h"
#include "tests/sim/shared_log.h"

namespace roomlog::sim {

class other_writer {
 public:
  other_writer(shared_log& log, random_source& chance);
  // Writes one record, where there is a room.
  void act();

 private:
  void write(const std::string& room_key, event& e);
  void take_fence(partition_id in);
  void touch_message(const std::string& room_key, const oracle::room& in);
  void advance_watermarks(const std::string& room_key, const oracle::room& in);
  std::string some_member(const oracle::room& in);

  shared_log& log_;
  random_source& chance_;
  struct incarnation {
    std::uint64_t counter = 0, nonce = 0, number = 0;
    bool in_doubt = false;  // a number was left out
  };
  std::vector<incarnation> fences_;  // by partition
  std::uint64_t cids_ = 0;
};

}  // namespace roomlog::sim
