// Who may have how many of the client connections, over all event loops. A connection counts for
// its address until it has shown a token, then for its user. All may be taken; before a token is
// known one address has at most as much as is free (alone: half), so strangers from one place never
// shut out the others. A few more are taken to be told that there is no room, shared in the same
// way.
//
//   enter ──► served, of an address ──become──► served, of a user ──► left
//      ├────► only told why not ────────────────────────────────────► left
//      └────► turned away
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "pushers/transport/ip_address.h"

namespace roomlog {

struct connection_bounds {
  std::size_t served_max = 20'000;
  std::size_t told_max = 256;  // besides
  std::size_t per_user_max = 100;
};

struct connection_share_stats {
  std::uint64_t told = 0;           // since the start: to be told that there is no room
  std::uint64_t turned_away = 0;    // not even that
  std::uint64_t over_address = 0;   // of both, for the address's share
  std::uint64_t over_user = 0;      // refused for per_user_max
  std::uint64_t without_token = 0;  // now: served and counted for an address
};

class connection_place;

// Thread-safe. Outlives its places.
class connection_shares {
 public:
  explicit connection_shares(const connection_bounds& bounds) : bounds_(bounds) {}

  // A connection from there; unknown yet: a proxy's, which has said nothing. Null: turned away.
  std::shared_ptr<connection_place> enter(const std::optional<ip_address>& from);
  connection_share_stats stats() const;

 private:
  friend class connection_place;
  using by_address = std::map<ip_address, std::size_t>;

  // How many there are of one kind, and of them by address.
  struct taken {
    std::size_t all = 0;
    std::size_t addressed = 0;  // of them, in `of`
    by_address of;
    bool has_room(std::size_t most, const std::optional<ip_address>& from) const;
    void take(const std::optional<ip_address>& from);
    void leave(const std::optional<ip_address>& from);
  };

  const connection_bounds bounds_;
  mutable std::mutex mutex_;
  taken served_, told_;
  std::unordered_map<std::string, std::size_t> of_user_;
  connection_share_stats stats_;
};

// What one connection counts for. Thread-safe.
class connection_place {
 public:
  connection_place(connection_shares& shares, bool served, std::optional<ip_address> from)
      : shares_(shares), served_(served), from_(std::move(from)) {}
  ~connection_place() { leave(); }
  connection_place(const connection_place&) = delete;

  // False: it is there to be told that there is no room.
  bool served() const { return served_; }
  // It counts for this address from now on, unless for a user already. False: more than its share;
  // it is to be told so, and counts for none.
  bool come_from(const ip_address& address);
  // It counts for this user instead of an address, for good. False: there are per_user_max already,
  // and nothing changes.
  bool become(const std::string& user);
  // It counts no more. Idempotent.
  void leave();

 private:
  connection_shares& shares_;
  const bool served_;
  // Under the shares' mutex.
  bool left_ = false;
  std::optional<ip_address> from_;
  std::string user_;
};

}  // namespace roomlog
