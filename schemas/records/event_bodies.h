// What each body of `event_facts` is, besides its fields: one table. A body without a line does not
// compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "schemas/records/event.h"

namespace roomlog {

struct body_entry {
  std::size_t index;  // of its type in event_facts
  // Of an event of a room, which may get a seq: in the event digest and in the fold's index of
  // events. Never renumber. 0: watermarks, or a control record.
  std::uint8_t number;
  const char* kind;  // the name that clients see; two bodies may have the same

  constexpr bool is_room_event() const { return number != 0; }
};

namespace event_bodies {

template <class Body, class... All>
constexpr std::size_t index_in(const std::variant<All...>*) {
  std::size_t index = 0;
  (void)((std::is_same_v<Body, All> || (++index, false)) || ...);
  return index;
}

template <class Body>
constexpr std::size_t index_of = index_in<Body>(static_cast<const event_facts*>(nullptr));

// In the order of event_facts.
inline constexpr std::array all{
    body_entry{index_of<unknown_body>, 0, ""},
    body_entry{index_of<room_created>, 1, "room"},
    body_entry{index_of<room_changed>, 2, "room"},
    body_entry{index_of<member_changed>, 3, "member"},
    body_entry{index_of<message_posted>, 4, "message"},
    body_entry{index_of<message_edited>, 5, "edit"},
    body_entry{index_of<message_deleted>, 6, "delete"},
    body_entry{index_of<reaction_changed>, 7, "reaction"},
    body_entry{index_of<log_descriptor>, 0, ""},
    body_entry{index_of<gateway_fence>, 0, ""},
    body_entry{index_of<epoch_changed>, 0, ""},
    body_entry{index_of<import_begun>, 0, ""},
    body_entry{index_of<fold_activated>, 0, ""},
    body_entry{index_of<log_sealed>, 0, ""},
    body_entry{index_of<principal_revoked>, 0, ""},
    body_entry{index_of<watermarks_advanced>, 0, ""},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].index != i) return false;
  }
  return all.size() == std::variant_size_v<event_facts>;
}
static_assert(is_in_order(), "each body of event_facts has its line, in the same order");

}  // namespace event_bodies

template <class Body>
constexpr const body_entry& entry_of() noexcept {
  return event_bodies::all[event_bodies::index_of<Body>];
}

inline const body_entry& entry_of(const event_facts& facts) noexcept {
  return event_bodies::all[facts.index()];
}

// For the default of a visitor: a new kind of event of a room does not compile with it.
template <class Body>
concept seqless_body = !entry_of<Body>().is_room_event();

}  // namespace roomlog
