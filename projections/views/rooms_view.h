// The rooms view: titles, members with their names, the user → rooms index, and the counters from
// which unread follows (a recount: undeleted messages of others).
#pragma once

#include "projections/fold/record_cache.h"
#include "projections/views/view.h"

namespace roomlog {

constexpr view_id rooms_view_id{3};
constexpr std::uint8_t rooms_view_version = 2;

struct room_listing {
  std::string room;  // its key, "tenant/room"
  std::string title;
  bool direct = false;
  std::uint64_t messages = 0;  // not deleted
  seq_no last_message;         // 0: none
  timestamp last_time;         // of the latest event

  std::size_t heap_bytes() const { return heap_bytes_of(room) + heap_bytes_of(title); }
  void encode(std::string& out) const;
  static room_listing decode(std::string_view bytes);
};

// Kept after a member has left, for the count.
struct member_listing {
  member_role role = member_role::none;
  std::uint64_t messages = 0;  // written by them, not deleted
  std::string name;            // as last seen

  std::size_t heap_bytes() const { return heap_bytes_of(name); }
  void encode(std::string& out) const;
  static member_listing decode(std::string_view bytes);
};

key_builder room_listing_key(partition_id partition, room_id in);
// Followed by the user.
key_builder member_listing_key(partition_id partition, room_id in);
// Followed by the room's name, without the tenant.
key_builder rooms_of_user_key(partition_id partition, std::string_view tenant,
                              std::string_view user);
// Its value. What a user has left stays, marked so.
struct room_of_user {
  room_id in;
  bool is_member = false;

  static room_of_user decode(std::string_view bytes);
};

class rooms_view final : public partition_view {
 public:
  rooms_view(partition_store& store, fold_state& fold)
      : partition_view(store, fold, rooms_view_id, rooms_view_version) {}
  std::size_t front_bytes() const override { return rooms_.bytes() + members_.bytes(); }
  std::vector<std::shared_ptr<void>> forget_front() override {
    return {rooms_.forget(), members_.forget()};
  }

 private:
  struct change;
  using room = record_cache<room_listing>::cached;
  using member = record_cache<member_listing>::cached;

  void apply(room_id in, const record_view& record, const decided_event& decided) override;
  void stage_records() override;
  member& member_of(room_id in, std::string_view user);
  void give_role(room_id in, std::string_view room, std::string_view user, member_role role);

  record_cache<room_listing> rooms_;
  record_cache<member_listing> members_;
};

}  // namespace roomlog
