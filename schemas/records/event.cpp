#include "schemas/records/event.h"

#include <algorithm>
#include <tuple>

namespace roomlog {

bool operator==(const event& a, const event& b) {
  const auto envelope = [](const event& e) {
    return std::tie(e.schema_version, e.critical, e.append, e.room, e.actor, e.actor_name, e.device,
                    e.cid, e.after_cid, e.digest, e.digest_alg, e.deadline, e.client_time,
                    e.gateway_time, e.traceparent, e.body_encoding, e.key_id, e.origin, e.facts);
  };
  return envelope(a) == envelope(b) && std::ranges::equal(a.content, b.content);
}

bool operator==(const log_sealed& a, const log_sealed& b) {
  const auto plain = [](const log_sealed& s) { return std::tie(s.upto, s.size, s.hash, s.key_id); };
  return plain(a) == plain(b) && std::ranges::equal(a.root, b.root) &&
         std::ranges::equal(a.signature, b.signature);
}

room_key split_room_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return {{}, key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

const char* to_string(member_role role) noexcept {
  switch (role) {
    case member_role::none:
      return "";
    case member_role::owner:
      return "owner";
    case member_role::admin:
      return "admin";
    case member_role::writer:
      return "writer";
    case member_role::reader:
      return "reader";
  }
  return "";
}

const char* to_string(member_change change) noexcept {
  switch (change) {
    case member_change::joined:
      return "joined";
    case member_change::invited:
      return "invited";
    case member_change::left:
      return "left";
    case member_change::kicked:
      return "kicked";
    case member_change::role:
      return "role";
  }
  return "";
}

std::string_view user_put_out(const event& ev) {
  const auto* change = std::get_if<member_changed>(&ev.facts);
  if (change == nullptr) return {};
  const bool out = change->change == member_change::left || change->change == member_change::kicked;
  return out ? change->user : std::string_view{};
}

std::optional<member_role> parse_member_role(std::string_view name) noexcept {
  for (const auto role :
       {member_role::owner, member_role::admin, member_role::writer, member_role::reader}) {
    if (name == to_string(role)) return role;
  }
  return std::nullopt;
}

}  // namespace roomlog
