// The subscriptions of one connection and what they send: a cursor for each room, moved through the
// room's tail or, below it, through pages of history. Holds no events itself.
//
//   room's tail ── direct_pass ─► socket              nothing here is asked, as a rule
//   room's tail ── gather() ─► ranges of memory ─► socket ── consumed() ─► cursors move
//   below it    ── load_next_page() ─► read thread ── on_page() ─► the replies' buffer
//
// Needs no session: only the replies of a connection and the name of its user. Owned by its
// connection; on the shard's thread. A connection has one page open at most, and asks for the next
// when everything before is with the kernel.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushers/rooms/subscription.h"
#include "pushers/session/session_context.h"
#include "pushers/session/session_replies.h"

namespace roomlog {

class deliveries final : private subscription_owner {
 public:
  // Both outlive it. `user` is set before the first subscription.
  deliveries(session_replies& replies, const std::string& user) : replies_(replies), user_(user) {}
  ~deliveries() override { end_all(); }  // leaves its rooms
  deliveries(const deliveries&) = delete;

  // ---- subscriptions; rooms are named by key ----
  std::size_t count() const { return subscriptions_.size(); }
  // A room of which there is no subscription yet: from `next` on, for a member at `head`.
  void add(std::string_view room_key, seq_no next, seq_no head);
  // Nothing, where there is none.
  void end(std::string_view room_key);
  void end_all();

  // ---- acks: this connection gets no push of an event that an ack has named ----
  void note_acked(std::string_view room_key, seq_no seq);
  void forget_acked();
  // Seqs of acks whose events are still to come.
  std::size_t acked_bytes() const { return acked_bytes_; }

  // ---- pages ----
  bool page_open() const { return page_open_; }
  bool waits_for_page() const { return !behind_.empty(); }
  // Asks for one, if a subscription needs it and nothing waits to be sent.
  void load_next_page(moment now);
  void on_page(const loaded_page& page, moment now);
  // When load_next_page() has to be called though nothing was sent; else never.
  std::chrono::microseconds due() const;

  // ---- as of an output_source ----
  void prepare();
  // After prepare(): whether gather() has anything.
  bool sends() const { return !ready_.empty(); }
  void gather(gather_list& out);
  void consumed(std::size_t bytes, std::string& buffer);

 private:
  void on_ready(subscription& sub) override;
  void on_sent_part(subscription& sub, std::size_t bytes) override;
  const std::string& user() const override { return user_; }
  subscription* find(std::string_view room_key);
  void end(subscription& sub);
  // Lists it where it belongs by its cursor; says `live`, or ends it, when it is time.
  void settle(subscription& sub);
  void skip_acked(subscription& sub);
  // Says what was cut below `first_available` since the cursor stood there, and steps over it.
  // False when nothing was.
  bool step_over_lost(subscription& sub, seq_no first_available);
  void take_page(subscription& sub, const loaded_page& page);
  session_context& context() const { return replies_.context(); }
  void gather_from(subscription& sub, gather_list& out);
  // The first `bytes` of the range are sent; returns the rest of a cut frame.
  std::string_view advance_within(const offered_range& range, std::size_t bytes);

  session_replies& replies_;
  const std::string& user_;
  std::size_t acked_bytes_ = 0;             // of the subscriptions' sets
  std::chrono::microseconds page_retry_{};  // pages are not asked for before
  std::uint32_t serial_ = 0;
  bool page_open_ = false;
  std::vector<std::unique_ptr<subscription>> subscriptions_;
  std::vector<subscription*> ready_;   // have events in the tail
  std::vector<subscription*> behind_;  // need pages
};

}  // namespace roomlog
