// A second implementation of the fold, written from docs/fold.md and docs/record-format.md, that
// shares no code with the server: it decides every record of the log as it is written, and keeps
// what clients must be shown. It is slow and keeps everything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "log/base/types.h"

namespace roomlog::fbs {
struct Event;
}

namespace roomlog::sim {

// docs/fold.md, "Verdicts".
struct ruling {
  enum kinds : unsigned {
    accepted = 1,
    duplicate,
    conflict,
    rejected,
    stale_append,
    out_of_order,
    control,
    advanced
  };
  unsigned kind = rejected;
  unsigned reason = 0;
  std::uint64_t seq = 0;
  std::uint64_t first_offset = 0;
  std::int64_t shown_time = 0;
  struct step {
    std::string user;
    std::uint64_t delivered, read;
    friend bool operator==(const step&, const step&) = default;
  };
  std::vector<step> steps{};  // watermarks that moved, and where to
};

// What one event of a room shows.
struct shown_event {
  std::uint64_t offset = 0;
  std::int64_t time = 0;
  std::string kind, actor, cid;
  std::string text;                // message, edit
  std::uint64_t target = 0;        // edit, delete, reaction
  std::string emoji, op;           // reaction
  std::string user, change, role;  // member
  bool deleted = false;
  unsigned edits = 0;
  std::vector<std::string> texts;  // of a message: as posted, then those of its edits
};

class oracle {
 public:
  struct room {
    std::vector<shown_event> events;  // seq 1 is the first
    bool is_public = false, direct = false, closed = false;
    std::int64_t last_time = 0;
    struct member {
      unsigned role = 0;  // 0: none, 1 owner, 2 admin, 3 writer, 4 reader
      std::uint64_t since = 0, role_since = 0, delivered = 0, read = 0;
    };
    std::map<std::string, member> members;
    struct command {
      std::uint64_t seq;
      std::string digest;  // 16 bytes
      unsigned digest_algorithm;
    };
    std::map<std::pair<std::string, std::string>, command> commands;  // actor, cid
    struct reaction {
      std::uint64_t seq;
      bool present;
    };
    std::map<std::tuple<std::uint64_t, std::string, std::string>, reaction> reactions;

    std::uint64_t head() const { return events.size(); }
    unsigned role_of(const std::string& user) const;
    // Null where there is none.
    const shown_event* event(std::uint64_t seq) const;
  };

  explicit oracle(std::uint32_t partitions) : partitions_(partitions) {}

  // The next record of its partition. Throws a violation where the record breaks a promise of
  // gateways, such as a number that is used twice.
  void take(partition_id in, offset at, timestamp append_time, std::string_view key,
            std::span<const std::byte> value);
  // Throws a violation where that record is not in the log.
  const ruling& ruling_at(partition_id in, offset at) const;
  // Null where there is none. `key` is "tenant/room".
  const room* find(const std::string& key) const;
  const std::map<std::string, room>& rooms() const { return rooms_; }

 private:
  struct gateway {
    std::uint64_t counter = 0, nonce = 0, last = 0;
    std::map<std::uint64_t, std::string> digests;  // by number, under this fence
    std::map<std::tuple<std::string, std::string, std::string>, bool> decided;  // room, actor, cid
  };
  struct partition {
    std::vector<ruling> rulings;
    std::vector<std::uint64_t> offsets;
    std::map<std::string, gateway> gateways;
    // Of a command as its gateway took it (gateway, room, actor, cid, when): its deadline.
    std::map<std::string, std::int64_t> deadlines;
  };

  ruling decide(std::size_t number, std::uint64_t at, std::int64_t time, std::string_view value);
  std::optional<ruling> check_append(partition& in, const fbs::Event& e);
  void check_promises(gateway& from, const fbs::Event& e);
  void check_deadline(partition& in, const fbs::Event& e);
  ruling decide_fence(partition& in, const fbs::Event& e);
  ruling decide_watermarks(partition& in, const fbs::Event& e, std::int64_t time);
  ruling decide_event(partition& in, const fbs::Event& e, std::uint64_t at, std::int64_t time);

  std::vector<partition> partitions_;
  std::map<std::string, room> rooms_;
};

}  // namespace roomlog::sim
