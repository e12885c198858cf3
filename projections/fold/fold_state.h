// The state of one partition's fold: records in front, keys in the partition's store behind. It
// knows how things are kept; what is decided stands in fold.h.
//
// Used under the partition's gate, by the worker for writing and by fold_lookup for reading. What
// it returns by pointer stays valid until forget_front().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/fold/decided.h"
#include "projections/fold/fold_records.h"
#include "projections/fold/fold_tables.h"
#include "projections/fold/recent_hashes.h"
#include "projections/fold/record_cache.h"

namespace roomlog {

// What one record with watermarks did.
struct watermark_result {
  std::vector<watermark_step> steps;  // those that moved
  std::string moved;                  // as watermark_moves::moved
};

class fold_state {
 public:
  using room = record_cache<room_state>::cached;
  using member = record_cache<member_state>::cached;
  using gateway = record_cache<gateway_state>::cached;

  // Continues from what the store has committed. `store` outlives this.
  fold_state(partition_store& store, partition_id partition);

  partition_id partition() const { return partition_; }
  partition_state& standing() { return standing_; }
  const partition_state& standing() const { return standing_; }

  // Why this partition cannot be decided any further; empty while it can.
  const std::string& halted() const { return halted_; }
  void halt(std::string why) { halted_ = std::move(why); }

  // H at offsets decided lately.
  recent_hashes& hashes() { return hashes_; }
  // What the last `advanced` record moved.
  watermark_result& moved() { return moved_; }

  gateway* find_gateway(std::string_view name);
  gateway& gateway_named(std::string_view name);
  room* find_room(std::string_view key);
  room& add_room(std::string_view key);
  member* find_member(room_id in, std::string_view user);
  member& member_named(room_id in, std::string_view user);
  member_role role_of(room_id in, std::string_view user);
  void touch(gateway& changed) { gateways_.touch(changed); }
  void touch(room& changed) { rooms_.touch(changed); }
  void touch(member& changed) { members_.touch(changed); }

  std::optional<command_state> find_command(room_id in, std::string_view actor,
                                            std::string_view cid);
  void put_command(room_id in, std::string_view actor, std::string_view cid,
                   const command_state& command);
  // The actor is valid until the next call that finds or puts.
  std::optional<event_state> find_event(room_id in, seq_no seq);
  void put_event(room_id in, seq_no seq, const event_state& event);
  // Hints: the command, or the event, will be looked for or put soon.
  void expect_command(std::string_view room_key, std::string_view actor, std::string_view cid);
  void expect_event(room_id in, seq_no seq);

  // Reactions, moves of watermarks, revocations.
  fold_tables& tables() { return tables_; }

  // For the steps of the fold: a buffer without allocation.
  std::string& scratch() { return scratch_; }

  // Puts changed records and the standing into the store; a commit may follow.
  void stage();
  // The memory of the records in front; after stage() they can be forgotten, and freed elsewhere.
  std::size_t front_bytes() const;
  std::vector<std::shared_ptr<void>> forget_front();

 private:
  key_builder key(char table) const {
    return key_builder(view_id::fold, fold_format_version, partition_, table);
  }

  partition_store& store_;
  partition_id partition_;
  partition_state standing_;
  std::string halted_;
  recent_hashes hashes_;
  watermark_result moved_;
  fold_tables tables_;
  record_cache<gateway_state> gateways_;
  record_cache<room_state> rooms_;
  record_cache<member_state> members_;
  std::string value_;  // being encoded
  std::string scratch_;
#ifdef ROOMLOG_PLANTED_BUGS
  offset opened_at_;
  bool staged_ = false;
#endif
};

}  // namespace roomlog
