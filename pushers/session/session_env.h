// What a session asks of the world around it, and the values that go with it. The session itself
// has no socket, no clock and no thread; whoever hosts it implements this.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "log/base/result.h"
#include "log/base/types.h"
#include "pushers/session/command_port.h"
#include "pushers/transport/peer_progress.h"

namespace roomlog {

// Both kinds of time at one instant.
struct moment {
  std::chrono::microseconds steady{};  // never goes back; for timeouts
  timestamp wall;                      // what people see; for tokens
};

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

// A query that passed every check of the session; its answer is one JSON object.
struct view_query {
  std::string tenant, user;
  std::string room_key;  // empty for rooms
  std::variant<history_command, rooms_command, members_command> what;
  std::uint64_t ticket = 0;              // of the session
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
  std::uint64_t ticket = 0;        // of the session
  std::chrono::microseconds deadline{};
};

struct found_cursor {
  std::uint64_t ticket = 0;
  result<seq_no> first = seq_no{};  // behind the offset, or from the time on
  result<seq_no> available = seq_no{1};
};

class session_env {
 public:
  virtual ~session_env() = default;

  // For what runs when output is taken, which brings no time.
  virtual moment now() const = 0;

  // As in command_port.
  virtual parsed_command parse(std::string_view json) = 0;
  virtual void verify_token(std::string token) = 0;
  virtual std::optional<command_outcome> submit(const principal& who, event_command command) = 0;

  // As in command_port.
  virtual std::optional<client_error> admit_read(const principal& who) = 0;

  // Answered by session::on_page(), on_query_answer(), on_cursor() and on_level(), never from
  // within the call. False: this user has too much waiting, there will be no answer.
  virtual void load_page(page_request request) = 0;
  // Sees to it that on_tick() is called at the query's deadline.
  virtual bool run_query(view_query query) = 0;
  virtual bool find_cursor(cursor_request request) = 0;
  // Answered when the fold has decided what the log held when this was called; never where the log
  // does not answer.
  virtual void wait_level(partition_id partition, std::uint64_t ticket) = 0;

  // Calls session::on_turn() when the other connections of the loop had their turn.
  virtual void next_turn() = 0;
  // There is something to send: output buffer or source.
  virtual void wake() = 0;
  // Sends what is in the output buffer, then a close frame. The session gets no input after it.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  // Cuts the connection without a word: the peer is gone.
  virtual void abort() = 0;
  virtual peer_progress progress() = 0;
};

}  // namespace roomlog
