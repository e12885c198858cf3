// What is asked of read threads, and what they answer: values that move between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "log/base/result.h"
#include "log/base/types.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"

namespace roomlog {

// Catch-up: events of `room` from `first` on.
struct page_request {
  std::string room;  // key
  std::string user;  // whose events of leaving end the subscription
  seq_no first;
  seq_no granted;
  std::size_t bytes_max = 0;
  std::uint64_t serial = 0;  // of the subscription
};

// The answer: frames, ready to be sent.
struct loaded_page {
  struct frame {
    seq_no seq;
    std::uint32_t end;  // in `bytes`
  };
  std::uint64_t serial = 0;
  bool failed = false;
  std::string bytes;
  std::vector<frame> frames;  // seqs without a gap
  seq_no first_available{1};  // what is below was cut from the log; the page begins there at least
  seq_no last{UINT64_MAX};    // the event that ends the subscription, if the page has it
};

// Whatever is asked of views.
using query_command = std::variant<history_command, rooms_command, members_command>;

// A query that passed every check of the session; its answer is one JSON object.
struct view_query {
  std::string tenant, user;
  std::string room_key;  // empty for rooms
  query_command what;
  std::uint64_t ticket = 0;              // of the asker
  std::chrono::microseconds deadline{};  // steady: not begun after it
};

// Its answer, ready to be sent.
struct query_answer {
  std::uint64_t ticket = 0;
  std::string frame;
  bool ended_early = false;           // a page that holds less than was asked for
  std::optional<error_code> refused;  // the frame is an `error`
};

// Where a subscription begins, which takes a search of the room's seqs.
struct cursor_request {
  std::string tenant, user, room_key;
  std::optional<offset> after_offset;
  std::optional<timestamp> since;  // at most one of the two
  std::uint64_t ticket = 0;        // of the asker
  std::chrono::microseconds deadline{};
};

struct found_cursor {
  std::uint64_t ticket = 0;
  result<seq_no> first = seq_no{};  // behind the offset, or from the time on
  result<seq_no> available = seq_no{1};
};

}  // namespace roomlog
