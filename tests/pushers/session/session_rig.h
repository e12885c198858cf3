// A session without a server: its environment is played by the rig, its output is read from the
// other end of a socket pair, and time moves when told to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushers/session/session.h"
#include "tests/pushers/session/room_world.h"

namespace roomlog::testing {

// What the sessions of one shard share.
struct shard_rig {
  room_world world;
  client_limits limits;
  client_times times;
  direct_outputs outputs;
  room_hub rooms{limits, outputs};
  session_counters counters;
  session_context context{"e1", limits, times, world, rooms, counters};
};

class session_rig final : private session_env {
 public:
  explicit session_rig(shard_rig& shard, session_key key = 1);
  ~session_rig() override;

  // ---- what happens to the session ----
  void connect(std::string token = {});
  // connect() with a token of that user, accepted; what was said meanwhile is thrown away.
  void sign_in(const std::string& user, timestamp expires = {});
  void accept_token(const std::string& user, timestamp expires = {},
                    const std::string& tenant = "default");
  void text(std::string_view message);
  void acked(const command_ack& ack, const std::string& id = "1");
  void refused(const std::string& room, error_code code, const std::string& id = "1");
  void publish(const decided_batch_ptr& batch) { shard_.rooms.publish(*batch); }
  // Moves time and ticks until nothing is due.
  void pass(std::chrono::milliseconds time);
  // The same with a peer that is heard of every half a second.
  void pass_alive(std::chrono::milliseconds time);
  // Moves time while nothing runs.
  void sleep(std::chrono::milliseconds time) {
    now_.steady += time;
    now_.wall.value += std::chrono::microseconds(time).count();
  }
  void set_wall_forward(std::chrono::seconds by) {
    now_.wall.value += std::chrono::microseconds(by).count();
  }
  void heard() { session_->on_heard(now_); }
  // Answers the pages that were asked for, from the world, and sends, until all is said.
  void settle();
  void answer_queries();
  void find_cursors();
  void take_turns();
  // The fold has what the log held when the session asked: all its waits are answered.
  void level();
  // The socket takes only a few kilobytes at a time from now on.
  void narrow_socket();
  void drop() { session_.reset(); }

  // ---- what the session did ----
  // What it has said since the last call: JSON texts; "<ping>" for a ping.
  std::vector<std::string> said();
  // What of it has come whole, without sending more.
  std::vector<std::string> whole_frames();
  // The same as said(), after settle(), as one line per object.
  std::string said_text();
  bool send_all();  // false: the socket is full
  // As much as the socket takes before the peer reads; true: that was all.
  bool send_once();
  std::size_t waiting() const { return out_.waiting(); }
  session& of() { return *session_; }
  moment now() const override { return now_; }

  std::optional<client_error> reads_refused;  // why no read is admitted
  std::vector<std::string> tokens;            // to be verified
  std::vector<event_command> submitted;
  std::vector<page_request> pages;  // asked for
  std::vector<view_query> queries;
  std::vector<cursor_request> cursors;
  std::size_t turns = 0;  // asked for
  std::size_t reads = 0;  // that counted in the rate
  std::optional<client_error> refuse_reads{};
  bool no_room_for_reads = false;
  bool hold_cursors = false;  // else they are found within text()
  // For the log's end: where, and the ticket.
  std::vector<std::pair<std::vector<partition_id>, std::uint64_t>> waits;
  std::optional<std::pair<unsigned, std::string>> closed;
  bool aborted = false;
  peer_progress peer;                             // as reported to the session
  std::optional<command_outcome> answer_at_once;  // to the next submit()

 private:
  void verify_token(std::string token) override { tokens.push_back(std::move(token)); }
  std::optional<command_outcome> submit(const principal& who, event_command command) override;
  void load_page(page_request request) override { pages.push_back(std::move(request)); }
  std::optional<client_error> admit_read(const principal&) override {
    if (reads_refused) return reads_refused;
    ++reads;
    return refuse_reads;
  }
  bool run_query(view_query query) override {
    if (!no_room_for_reads) queries.push_back(std::move(query));
    return !no_room_for_reads;
  }
  bool find_cursor(cursor_request request) override {
    if (!no_room_for_reads) cursors.push_back(std::move(request));
    return !no_room_for_reads;
  }
  void next_turn() override { ++turns; }
  void wait_level(const std::vector<partition_id>& behind, std::uint64_t ticket) override {
    waits.emplace_back(behind, ticket);
  }
  void wake() override {}
  void close(std::uint16_t code, std::string_view reason) override {
    closed.emplace(code, std::string(reason));
  }
  void abort() override { aborted = true; }
  peer_progress progress() override { return peer; }

  void read_socket();

  shard_rig& shard_;
  session_key key_;
  moment now_{std::chrono::seconds(1000), timestamp{1'700'000'100'000'000}};
  int sockets_[2];
  std::string received_;
  output_buffer out_;
  std::unique_ptr<session> session_;
};

// Takes the frames that are whole off the front: JSON texts; "<ping>" for a ping.
std::vector<std::string> take_whole_frames(std::string& received);
// The value of a field of a flat JSON object, as JSON text without quotes; empty when missing.
std::string field(std::string_view object, std::string_view name);
// The seqs of the events among these objects, as "1 2 3".
std::string seqs(const std::vector<std::string>& objects);

}  // namespace roomlog::testing
