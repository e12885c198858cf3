// A world of rooms without a log: events are decided at once, in the order of the calls, and the
// fold's lookups and the views' history answer from memory. Tests decide what is published, and how
// far the fold claims to have read. Thread-safe.
#pragma once

#include <atomic>
#include <climits>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "projections/fold/decided.h"
#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog::testing {

class room_world final : public fold_lookup, public history_source {
 public:
  // Each makes one event and gives it as a batch of its own; rooms are named by key.
  decided_batch_ptr create(const std::string& room, const std::string& owner,
                           bool is_public = false);
  decided_batch_ptr member(const std::string& room, const std::string& actor,
                           const std::string& user, member_change change,
                           member_role role = member_role::writer);
  decided_batch_ptr post(const std::string& room, const std::string& actor,
                         const std::string& text);
  // Several messages as one batch: "<text> <seq>".
  decided_batch_ptr post_many(const std::string& room, const std::string& actor,
                              const std::string& text, std::size_t count);
  // A message whose content does not decode.
  decided_batch_ptr post_damaged(const std::string& room, const std::string& actor);

  command_ack ack_of(const std::string& room, seq_no seq);
  std::uint64_t head(const std::string& room);
  // What a page counts for this event.
  std::size_t content_bytes(const std::string& room, seq_no seq) const;

  // The fold says that it has still to read `records` records of every partition.
  void fall_behind(std::uint64_t records);
  // It has read them; those who waited are told.
  void catch_up();
  // Who waits for it now.
  std::size_t waiting() const;
  // Others append too, so log_end() may lag.
  void share_log(bool shared) { shared_ = shared; }
  // The room's events up to and with `last` are gone for good.
  void cut(const std::string& room, std::uint64_t last);
  // when_level() is not answered, until it may be.
  void hold_level(bool hold);
  // The log does not answer those who wait so.
  void fail_level();
  // The state cannot be read: after `more` questions (find_room, role_of), until it can.
  void fail_questions(int more = 0) { answers_left_ = more; }
  void answer_questions() { answers_left_ = INT_MAX; }
  std::size_t questions_refused() const { return questions_refused_; }
  // Reads of pages fail, or wait until they may go on.
  void fail_pages(bool fail);
  void hold_pages(bool hold);
  // How many wait so, now.
  std::size_t pages_held() const;
  // Searches for a seq by time or offset so far.
  std::size_t searches() const { return searches_; }
  void searches_reset() { searches_ = 0; }
  std::size_t pages_read() const;

  // fold_lookup
  std::uint32_t partitions() const override { return 4; }
  offset position(partition_id) const override;
  offset log_end(partition_id) const override;
  bool sees_log_end() const override { return !shared_; }
  bool folds(partition_id p) const override { return p != folded_elsewhere; }
  partition_id folded_elsewhere{99};  // set before anybody asks
  result<room_info> find_room(std::string_view room) const override;
  result<member_role> role_of(std::string_view room, std::string_view user) const override;
  result<decided_command> find_command(std::string_view, std::string_view,
                                       std::string_view) const override {
    return error{errc::not_found, "no such command"};
  }
  result<std::uint64_t> fence_counter(partition_id, std::string_view) const override {
    return std::uint64_t{0};
  }
  result<seq_no> first_seq_since(std::string_view room, timestamp since) const override;
  result<seq_no> first_seq_after(std::string_view room, offset after) const override;
  result<seq_no> first_available(std::string_view room) const override;
  bool has_everything(std::string_view room) const override;
  void when_folded(partition_id partition, offset until,
                   std::function<void(result<>)> done) override;
  void when_level(partition_id partition, std::function<void(result<>)> done) override;

  // history_source
  result<history_page> page(std::string_view room, const history_query& query) override;
  result<history_page> events_from(std::string_view room, seq_no first,
                                   std::size_t bytes_max) override;
  result<member_page> members(std::string_view room, const list_query& query) override;
  result<std::string> title_of(std::string_view room) override;
  result<room_page> rooms_of(std::string_view tenant, std::string_view user,
                             const rooms_query& query) override;

 private:
  // Owns what the event borrows; never moves, never goes away.
  struct stored_event {
    std::string room, actor, user, cid, content;
    decided_event decided;
  };
  struct room_state {
    std::vector<stored_event*> events;  // seq n at n - 1
    std::map<std::string, member_role> roles;
    bool is_public = false;
    std::uint64_t gone = 0;  // the last seq that was cut
  };
  struct waiter {
    offset until;
    std::function<void(result<>)> done;
  };

  stored_event& add(const std::string& room, const std::string& actor, event_facts facts,
                    std::string content);
  static decided_batch_ptr batch_of(std::vector<stored_event*> events);
  const room_state* find(std::string_view room) const;
  result<> readable() const;
  // Waits while pages are held.
  void pass_hold(std::unique_lock<std::mutex>& lock);
  static history_entry entry_of(const stored_event& stored);

  std::atomic<bool> shared_{false};
  mutable std::atomic<std::size_t> searches_{0};
  mutable std::atomic<int> answers_left_{INT_MAX};
  mutable std::atomic<std::size_t> questions_refused_{0};
  mutable std::mutex mutex_;
  std::condition_variable pages_go_on_;
  std::map<std::string, room_state, std::less<>> rooms_;
  std::deque<stored_event> events_;
  std::vector<waiter> waiters_;
  bool hold_level_ = false;
  std::vector<std::function<void(result<>)>> level_asked_;
  std::uint64_t end_ = 1, behind_ = 0;
  bool fail_pages_ = false, hold_pages_ = false;
  std::size_t pages_read_ = 0, pages_held_ = 0;
};

}  // namespace roomlog::testing
