// Every command that clients made, what they were told of it, and whether that was right.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sim/oracle.h"
#include "tests/sim/schedule.h"

namespace roomlog::sim {

struct ack_facts {
  std::string room, cid;
  std::uint64_t seq = 0, offset = 0;
  std::string ts;
  bool duplicate = false;
};

// A command of one user in one room.
struct client_command {
  std::string user, room, cid, kind;
  std::string after_cid;    // the command that must have been accepted before; empty: none
  std::string body;         // its JSON, without id
  std::uint64_t floor = 0;  // seqs of the room that were acknowledged to anyone before it was made
  unsigned attempts = 0;
  std::optional<microseconds>
      last_open;  // when the last attempt without a definite answer was made
  std::optional<ack_facts> ack;
  bool refused = false;  // for good
  bool settled() const { return ack || refused; }
};

class command_book {
 public:
  // Of attempts at one command, how long an open one may still be accepted: hello.limits.attempt_ms.
  static constexpr microseconds attempt_life{10'000'000};

  explicit command_book(const oracle& judge) : judge_(judge) {}

  client_command& make(client_command made);
  // Throw a violation where the answer is wrong. `made` is when the attempt was made.
  void on_ack(client_command& of, const ack_facts& told);
  void on_refusal(client_command& of, const std::string& code, bool temporary, microseconds made);
  // The attempt had no answer, or an unknown outcome.
  void on_open(client_command& of, microseconds made);

  // At the end: everything is settled, and the log says the same.
  void check_all() const;
  std::size_t size() const { return commands_.size(); }
  std::size_t acknowledged() const { return acknowledged_; }

 private:
  bool is_hopeless(const client_command& of) const;

  using name = std::tuple<std::string, std::string, std::string>;  // room, user, cid
  const oracle& judge_;
  std::map<name, client_command> commands_;
  std::map<std::string, std::uint64_t> acknowledged_head_;  // by room
  std::size_t acknowledged_ = 0;
};

std::string room_key(const std::string& room);
// Fixed-width UTC RFC 3339 with microseconds.
std::string time_text(std::int64_t microseconds_since_1970);

}  // namespace roomlog::sim
