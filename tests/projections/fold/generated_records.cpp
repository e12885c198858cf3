#include "tests/projections/fold/generated_records.h"

#include <array>

#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"

namespace roomlog::testing {
namespace {

constexpr std::array<std::string_view, 4> users = {"ann", "bob", "cyd", "dan"};
constexpr std::array<std::string_view, 4> rooms = {"t/open", "t/private", "t/direct", "u/open"};
constexpr std::array<std::string_view, 2> emojis = {"+1", "\xF0\x9F\x91\x8D"};
constexpr std::array<std::string_view, 2> gateways = {"gateway-1", "gateway-2"};
constexpr std::int64_t time_first = 1'700'000'000'000'000;

// One record to be, as plain numbers, so that a failing sequence shrinks well.
struct draft {
  int what, actor, room, cid, other, target, append, extra, gateway;
};

int below(int n) {
  return *rc::gen::inRange(0, n);
}

draft any_draft() {
  return {below(30), below(4),  below(4),  below(14), below(4),
          below(14), below(24), below(40), below(8)};
}

// What a gateway that keeps to the rules would write next.
struct gateway_hand {
  std::uint64_t counter = 1, nonce = 11, number = 0;
};

class writer {
 public:
  generated_record write(const draft& d) {
    time_ += d.extra % 7 == 0 ? -50 : d.extra % 3;  // clocks stand still and step back
    if (d.what == 0) return bytes(std::string(static_cast<std::size_t>(d.extra), 'g'));
    gateway_hand& hand = hands_[d.gateway == 7 ? 1 : 0];
    const std::string_view gateway = gateways[d.gateway == 7 ? 1 : 0];
    if (d.what == 1) {
      if (d.extra % 4 == 0) return record(fence(gateway, hand.counter, 5));  // too low
      hand = {hand.counter + 1, hand.nonce + 1, 0};
      return record(fence(gateway, hand.counter, hand.nonce));
    }
    if (d.what == 2 && d.target < 4) return record(control_record(epoch_changed{"e"}));
    if (d.what == 2 && d.target < 9) {
      const auto back = static_cast<std::size_t>(d.extra);
      return {{}, timestamp{time_}, d.target == 4 ? 50 * back : back};
    }
    event e = d.what == 2 ? revocation(d) : d.what == 26 || d.what == 27 ? marks(d) : command(d);
    bend(e, d);
    e.append = append(gateway, hand, d, e);
    return record(e);
  }

 private:
  generated_record bytes(std::string value) { return {std::move(value), timestamp{time_}}; }
  generated_record record(const event& e) { return bytes(encode(e)); }

  static event command(const draft& d) {
    const auto actor = users[static_cast<std::size_t>(d.actor)];
    const auto other = users[static_cast<std::size_t>(d.other)];
    const auto room = rooms[static_cast<std::size_t>(d.room)];
    const auto cid = keep("c" + std::to_string(d.cid) + "-" + std::to_string(d.what));
    const auto target = static_cast<std::uint64_t>(d.target);
    switch (d.what) {
      case 3:
        return unknown(by(actor, cid, room));
      case 4:
      case 5:
        return creation(d, actor, cid, other, room);
      case 6:
      case 7:
        return joins(actor, cid, room);
      case 8:
        return leaves(actor, cid, room);
      case 9:
      case 10:
        return invites(actor, cid, other, room);
      case 11:
        return kicks(actor, cid, other, room);
      case 12:
      case 13:
        return gives_role(actor, cid, other, static_cast<member_role>(1 + d.extra % 4), room);
      case 14:
        return changes_room(actor, cid, "title", d.extra < 4, room);
      case 15:
      case 16:
        return edits(actor, cid, target, "edited", room);
      case 17:
        return deletes(actor, cid, target, room);
      case 18:
      case 28:
        return reacts(actor, cid, target % 7, room,
                      emojis[static_cast<std::size_t>(d.other == 0 ? 1 : 0)]);
      case 29:
        return takes_back(actor, cid, target % 7, room,
                          emojis[static_cast<std::size_t>(d.other == 0 ? 1 : 0)]);
      case 19:
        return replies(actor, cid, target, d.extra % 3 == 0 ? target : 0, room);
      default:
        return says(actor, cid, "text", room);
    }
  }

  // One to three of them, sometimes above the head.
  static event marks(const draft& d) {
    std::vector<mark> all;
    for (int i = 0; i <= d.cid % 3; ++i) {
      all.push_back({users[static_cast<std::size_t>((d.actor + i) % 4)],
                     static_cast<std::uint64_t>(d.target),
                     static_cast<std::uint64_t>(d.extra / 3)});
      if (d.other == i) all.back().delivered = 0;
    }
    if (d.extra == 20) all.clear();
    return advances(all, rooms[static_cast<std::size_t>(d.room)]);
  }

  static event revocation(const draft& d) {
    const auto user = keep("t/" + std::string(users[static_cast<std::size_t>(d.actor)]));
    return control_record(principal_revoked{user, d.other == 0 ? "" : "d1", timestamp{d.extra}});
  }

  static event unknown(event e) {
    e.critical = false;
    e.facts = unknown_body{99};
    return e;
  }

  // Each room has the kind that its name says.
  static event creation(const draft& d, std::string_view actor, std::string_view cid,
                        std::string_view other, std::string_view room) {
    if (d.room == 1) return creates_private(actor, cid, {other, users[1]}, room);
    if (d.room == 2) return creates_direct(actor, cid, other, room);
    return creates(actor, cid, room);
  }

  // Now and then a field is off.
  void bend(event& e, const draft& d) const {
    if (d.extra == 10 || d.extra > 36) e.digest = digest_of(static_cast<std::uint64_t>(d.target));
    if (d.extra == 24 || d.extra == 37) e.digest_alg = digest_algorithm::none;
    if (d.extra == 11) e.deadline = timestamp{time_ - 1};
    if (d.extra == 12) e.deadline = timestamp{time_};
    if (d.extra >= 13 && d.extra < 20) {
      e.after_cid = keep("c" + std::to_string(d.target) + "-" + std::to_string(20 + d.other));
    }
    if (e.cid.empty()) return;  // no command
    if (d.extra == 20) e.actor = {};
    if (d.extra == 21) e.cid = {};
    auto* change = std::get_if<member_changed>(&e.facts);
    if (d.extra == 22 && change) change->user = users[static_cast<std::size_t>(d.other)];
    if (d.extra == 23 && change && change->change == member_change::invited) {
      change->role = member_role::owner;
    }
  }

  static append_id append(std::string_view gateway, gateway_hand& hand, const draft& d,
                          const event& e) {
    const bool revokes = std::holds_alternative<principal_revoked>(e.facts);
    if (revokes && d.target % 2 == 0) return {};  // outside the numbers
    append_id id{gateway, hand.counter, hand.nonce, hand.number + 1};
    if (d.append == 0) --id.number;
    if (d.append == 1) ++id.number;
    if (d.append == 2) ++id.nonce;
    if (d.append == 3) --id.counter;
    const auto* marks = std::get_if<watermarks_advanced>(&e.facts);
    const bool of_command = !marks && !revokes && !std::holds_alternative<unknown_body>(e.facts);
    const bool malformed = of_command ? e.actor.empty() || e.cid.empty()
                                      : marks != nullptr && marks->watermarks.empty();
    if (d.append > 3 && !malformed) ++hand.number;
    return id;
  }

  std::array<gateway_hand, 2> hands_;
  std::int64_t time_ = time_first;
};

}  // namespace

rc::Gen<std::vector<generated_record>> generated_records(std::size_t count_max) {
  return rc::gen::exec([count_max] {
    const auto drafts =
        *rc::gen::resize(static_cast<int>(count_max),
                         rc::gen::container<std::vector<draft>>(rc::gen::exec(any_draft)));
    std::vector<generated_record> records;
    for (std::string_view gateway : gateways) {
      records.push_back({encode(fence(gateway, 1, 11)), timestamp{time_first}});
    }
    // Rooms to begin with, so that most of what follows finds one.
    writer hand;
    for (int room = 0; room < 4; ++room)
      records.push_back(hand.write({4, 0, room, 0, 1, 0, 9, 1, 0}));
    for (const draft& d : drafts) records.push_back(hand.write(d));
    return records;
  });
}

}  // namespace roomlog::testing
