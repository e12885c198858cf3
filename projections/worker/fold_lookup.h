// What gateways and sessions may ask the fold's state. Answers are as of the latest decided record,
// so never older than any verdict that the asking thread has seen.
//
// A question may fail with errc::unavailable: the state cannot be read now. That is no answer, and
// whoever asked must wait, or say that nothing is known; only errc::not_found says that something
// is not there.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"
#include "projections/fold/decided.h"
#include "schemas/records/event.h"

namespace roomlog {

struct room_info {
  bool is_public = false;
  bool direct = false;
  bool closed = false;
  seq_no head;          // seq of the latest accepted event, ≥ 1
  timestamp last_time;  // its shown time
  std::uint32_t members = 0;
};

struct decided_command {
  seq_no seq;
  offset at;
  timestamp shown_time;
  digest_algorithm algorithm = digest_algorithm::none;
  command_digest digest{};
};

// Thread-safe; may read the state store (microseconds, no waiting for the log). The first_…()
// functions search the room's seqs, some log2(head) reads: for read threads. Rooms are named by
// their key, "tenant/room". Outlived by the fold service that gives it.
class fold_lookup {
 public:
  virtual ~fold_lookup() = default;

  virtual std::uint32_t partitions() const = 0;
  // The next offset that the fold will decide.
  virtual offset position(partition_id partition) const = 0;
  // The end of the log as the engine shows it now.
  virtual offset log_end(partition_id partition) const = 0;
  // True where log_end() is the log's end at this moment, because nobody else appends. Else the log
  // may be longer, and only when_level() tells that the fold has what it holds.
  virtual bool sees_log_end() const = 0;
  // Whether rooms of this partition are folded here; of others nothing is known.
  virtual bool folds(partition_id partition) const = 0;
  // False while the fold of this partition cannot decide records: what is appended to it would get
  // no verdict. May change at any time, and does not come back where the fold stopped for good.
  virtual bool can_decide(partition_id partition) const {
    (void)partition;  // of lookups that never stop
    return true;
  }

  virtual result<room_info> find_room(std::string_view room) const = 0;
  // member_role::none for who is no member, and where there is no room.
  virtual result<member_role> role_of(std::string_view room, std::string_view user) const = 0;
  virtual result<decided_command> find_command(std::string_view room, std::string_view actor,
                                               std::string_view cid) const = 0;
  // Why the fold would reject this event of a room, were it the next record: the room's rules and
  // `after_cid`, in the fold's order. Nothing where it would not. Only what is decided is known: an
  // answer is sound where the fold is level and nothing of the asker is undecided.
  virtual result<std::optional<reject_reason>> would_refuse(const event& ev) const {
    (void)ev;  // of lookups that judge nothing
    return std::optional<reject_reason>();
  }
  // The counter of the gateway's latest fence that was taken in this partition; 0: never one.
  virtual result<std::uint64_t> fence_counter(partition_id partition,
                                              std::string_view gateway) const = 0;
  // The first seq whose shown time is ≥ `since`; head + 1 when there is none. errc::not_found: no
  // room.
  virtual result<seq_no> first_seq_since(std::string_view room, timestamp since) const = 0;
  // The first seq whose offset is > `after`; head + 1 when there is none. errc::not_found: no room.
  virtual result<seq_no> first_seq_after(std::string_view room, offset after) const = 0;
  // The first seq of the room that can still be read: 1, or more where the log's start has moved
  // and no view of this process has what was there; head + 1 when nothing can. errc::not_found: no
  // room.
  virtual result<seq_no> first_available(std::string_view room) const {
    (void)room;  // of lookups that lose nothing
    return seq_no{1};
  }

  // Whether first_available() is 1 without a search.
  virtual bool has_everything(std::string_view room) const {
    (void)room;
    return true;
  }

  // Calls `done` once when position(partition) ≥ `until`, at once if it is already (on the caller's
  // thread), else on the fold's thread; with errc::closed when the fold stops before, with
  // errc::timeout on its owner's thread when it does not get there for long
  // (fold_service_options::wait_max). Must not block.
  virtual void when_folded(partition_id partition, offset until,
                           std::function<void(result<>)> done) = 0;
  // The same for the log's end as it is at some moment after the call: everything that was appended
  // before the call, by whomever, is decided then. Also on a thread of the log; also with
  // errc::unavailable where the log does not answer.
  virtual void when_level(partition_id partition, std::function<void(result<>)> done) = 0;
};

}  // namespace roomlog
