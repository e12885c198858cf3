// One client connection as a state machine: messages, verdicts, outcomes, room events and time come
// in; frames (in the output buffer), event frames (as an output_source) and requests to its
// session_env come out. No socket, clock, thread or lock.
//
//   connected ──hello──► waiting for a token ──► verifying ──► ready ──► closing
//                              └ 5 s: 4500          └ 4501, 4502    └ 4503, 4506, 1003, 4000
//
// Commands that cannot be taken yet are held back: a message is kept, and the connection is not
// read, while wants_input() is false (a token is being verified, too many commands are undecided,
// too many queries are open, or too many replies wait to be sent). A query that was taken waits for
// room for its page in the output, so that a peer that does not read piles up nothing.
//
// Reads of a room (subscribe, history, members) wait until this connection's own undecided commands
// in that room are decided, and, where they would be refused, until the fold has read what the log
// held when they came.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/worker/fold_reader.h"
#include "pushers/queries/plan_read.h"
#include "pushers/rooms/room_hub.h"
#include "pushers/session/liveness.h"
#include "pushers/session/session_env.h"
#include "pushers/transport/output_buffer.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

// Sums over the sessions of one shard.
struct session_counters {
  std::uint64_t sessions = 0, subscriptions = 0, commands_in_flight = 0;  // as of now
  std::uint64_t commands = 0, events_delivered = 0, ping_timeouts = 0, pages = 0, page_errors = 0;
  std::uint64_t query_pages_cut = 0;  // ended before their limit
  std::uint64_t query_deadlines = 0;  // queries that had no answer in time
  std::uint64_t turns_cut = 0;        // commands were left for another turn
  std::uint64_t queries_waited = 0;   // for room in the output
  std::uint64_t lost_ranges = 0;      // that subscribers were told of
  // How often a connection came to a bound at which it is not read further.
  std::uint64_t held_for_commands = 0, held_for_queries = 0, held_for_output = 0;
  std::array<std::uint64_t, error_codes> refusals{};  // `error` frames
};

// Frames of one subscription that a gather() offered.
struct offered_range {
  subscription* sub;
  seq_no from, until;
  std::size_t bytes;
};

// What all sessions of a shard share; outlives them.
struct session_context {
  std::string epoch;
  const client_limits& limits;
  const client_times& times;
  const fold_reader& fold;
  room_hub& rooms;
  session_counters& counters;
  // Scratch, in use only within one call, so that idle sessions hold no memory for it.
  std::string json{};
  std::vector<offered_range> offered{};
};

// Commands of one connection, and their bytes, that are done with before others have their turn:
// what costs time is how many they are, and how long.
constexpr std::uint32_t commands_per_turn = 32;
constexpr std::size_t command_bytes_per_turn = 16 * 1024;
// Refusals for a rate that end a turn. The next one then begins after a pause: whoever goes on
// without waiting is slowed down, instead of being refused as fast as the server can.
constexpr std::uint32_t refusals_per_turn = 8;
constexpr std::chrono::milliseconds refusals_pause{40};  // and what is left of a tick

constexpr std::chrono::microseconds never = std::chrono::microseconds::max();

class session final : public output_source, private subscription_owner {
 public:
  session(session_key key, session_context& context, session_env& env, output_buffer& out,
          moment now);
  ~session() override;  // leaves its rooms

  // First of all. `token`: what the upgrade request carried, may be empty.
  void on_connected(std::string token, moment now);
  // A text message: one or more JSON objects, separated by newlines.
  void on_text(std::string_view message, moment now);
  void on_binary();
  bool wants_input() const;
  // Commands that were taken are not answered yet.
  bool answers_due() const { return in_flight_ != 0 && phase_ != phase::closing; }

  void on_token(token_verdict verdict, moment now);
  void on_outcome(const addressed_outcome& answer, moment now);
  void on_page(loaded_page page, moment now);
  void on_query_answer(const query_answer& answer, moment now);
  void on_cursor(const found_cursor& found, moment now);
  // The answer to next_turn().
  void on_turn(moment now);
  // The answer to wait_level(): what the log held then is decided.
  void on_level(std::uint64_t ticket, moment now);
  void on_drain(std::chrono::milliseconds after);

  void on_heard(moment now) { alive_.on_heard(now.steady); }
  void on_blocked(moment now) { alive_.on_blocked(now.steady); }
  // Everything that was to be sent is with the kernel. Needs no call unless waits_for_drain().
  void on_drained(moment now);
  bool waits_for_drain() const { return !backlog_.empty() || !behind_.empty(); }
  void on_tick(moment now);
  // When on_tick() has to be called at the latest.
  std::chrono::microseconds due() const;

  // output_source
  void prepare() override;
  void gather(gather_list& out) override;
  void consumed(std::size_t bytes, std::string& buffer) override;

  std::size_t subscriptions() const { return subscriptions_.size(); }

 private:
  enum class phase { waiting_for_token, verifying, ready, closing };
  // A read that has to wait.
  struct held_read {
    read_command what;
    std::chrono::microseconds deadline;
    std::uint64_t level_ticket = 0;  // of the fold's level that it waits for; 0: none was asked for
    std::uint64_t cursor_ticket = 0;  // of the cursor that it asked for
    fold_level level = fold_level::not_awaited;
    std::optional<found_cursor> cursor{};
  };
  // A query that reader threads have.
  struct open_query {
    std::uint64_t ticket;
    command_id id;
    std::chrono::microseconds deadline;
  };
  // ---- session.cpp: life ----
  // The reply under construction: json() … send_json().
  std::string& json();
  void send_json();
  void send_text(std::string_view frame);
  void refuse(const command_id& id, std::string_view cid, const client_error& error);
  void close(std::uint16_t code, std::string_view reason);
  void become(const principal& who, moment now);
  // May keep a rest of the message, which must not be backlog_ itself.
  void work_off(std::string_view message, moment now);
  void resume(moment now);
  bool can_take() const;
  // When the client is told that its token expires.
  timestamp token_notice_at() const;
  void schedule_token(moment now);
  void tick_token(moment now);
  void tick_liveness(moment now);

  // ---- session_commands.cpp: one per command ----
  void on_object(std::string_view json, moment now);
  void dispatch(command& what, moment now);
  void run(auth_command& what, moment now);
  void run(refresh_command& what, moment now);
  void run(ping_command& what, moment now);
  void run(options_command& what, moment now);
  void run(subscribe_command& what, moment now);
  void run(unsubscribe_command& what, moment now);
  void run(history_command& what, moment now) { take_read(std::move(what), now); }
  void run(rooms_command& what, moment now) { take_read(std::move(what), now); }
  void run(members_command& what, moment now) { take_read(std::move(what), now); }
  void run(event_command& what, moment now);
  void answered(const addressed_outcome& answer);
  // A query that passed every check: runs at once, or in its turn when there is room for its page.
  void ask(view_query query);
  void run_asked();
  void expire_queries(moment now);
  // Whether the rate of reads lets it through; refused otherwise.
  bool is_admitted(const command_id& id);
  bool has_room_for_page() const;
  void note_acked(const command_ack& ack);

  // ---- session_reads.cpp: reads of rooms, at once or held ----
  enum class attempt { done, hold };
  void take_read(read_command what, moment now);
  attempt try_read(held_read& read);
  attempt start(held_read& read, const room_info& room);
  attempt search(held_read& read, const std::string& room_key);
  bool is_of_this_epoch(const subscribe_command& what);
  // Whether this connection's earlier commands in that room come first.
  bool must_wait(const held_read& read) const;
  // What the log has lost may still be in the room's tail.
  seq_no first_deliverable(std::string_view room_key, seq_no available, seq_no head) const;
  void start_subscription(const held_read& read, const std::string& room_key,
                          const room_info& room);
  void retry_held(moment now);
  void expire_held(moment now);
  void replace_held_subscribe(std::string_view room);

  // ---- session_cursors.cpp: subscriptions and what they send ----
  void on_ready(subscription& sub) override;
  const std::string& user() const override { return who_.user; }
  subscription* find_subscription(std::string_view room_key);
  void add_subscription(std::string_view room_key, seq_no next, seq_no head);
  // Lists it where it belongs by its cursor; says `live`, or ends it, when it is time.
  void settle(subscription& sub);
  void skip_acked(subscription& sub);
  void end_subscription(subscription& sub);
  void end_all_subscriptions();
  void load_next_page(moment now);
  // Says what was cut below `first_available` since the cursor stood there, and steps over it.
  // False when nothing was.
  bool step_over_lost(subscription& sub, seq_no first_available);
  void take_page(subscription& sub, const loaded_page& page);
  void gather_from(subscription& sub, gather_list& out);
  // The first `bytes` of the range are sent; the rest of a cut frame goes to `buffer`.
  void advance_within(const offered_range& range, std::size_t bytes, std::string& buffer);
  std::string room_key(std::string_view room) const {
    return who_.tenant + '/' + std::string(room);
  }

  const session_key key_;
  session_context& context_;
  session_env& env_;
  output_buffer& out_;
  phase phase_ = phase::waiting_for_token;
  bool echo_ = false;
  bool expiring_said_ = false;
  bool page_open_ = false;
  bool turn_over_ = false;  // commands wait for the next one
  std::uint32_t taken_in_turn_ = 0;
  std::size_t bytes_in_turn_ = 0;
  std::uint32_t refused_in_turn_ = 0;
  std::chrono::microseconds turn_due_ = never;  // of a pause
  std::uint32_t bad_frames_ = 0;
  std::uint32_t in_flight_ = 0;
  std::size_t acked_bytes_ = 0;  // of the subscriptions' sets
  std::uint32_t queries_ = 0;    // open: at the readers, or in asked_
  std::uint64_t serial_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::chrono::microseconds auth_deadline_;
  std::chrono::microseconds token_due_ = never;
  std::chrono::microseconds page_retry_{};  // pages are not asked for before
  command_id token_id_;                     // of the auth or refresh being verified
  principal who_;
  liveness alive_;
  std::string backlog_;                 // the rest of a message that could not be taken yet
  std::vector<std::string> undecided_;  // rooms of commands in flight, one entry per command
  std::vector<open_query> open_queries_;
  std::vector<held_read> held_;    // in the order in which they came
  std::vector<view_query> asked_;  // wait until there is room for their pages
  std::vector<std::unique_ptr<subscription>> subscriptions_;
  std::vector<subscription*> ready_;   // have events in the tail
  std::vector<subscription*> behind_;  // need pages
};

}  // namespace roomlog
