#include "projections/fold/fold_tables.h"

#include <algorithm>

#include "projections/store/big_endian.h"
#include "schemas/text/emoji.h"

namespace roomlog {

key_builder fold_tables::reaction_key(room_id in, const reaction_changed& which,
                                      std::string_view user) const {
  key_builder built = key('X');
  built.number(in.value).number(which.target.value).sized(which.emoji).text(user);
  return built;
}

std::optional<reaction_state> fold_tables::find_reaction(room_id in, const reaction_changed& which,
                                                         std::string_view user) {
  if (which.emoji.size() > emoji_bytes_max) return std::nullopt;  // asked, not decided
  const auto stored = store_.get(reaction_key(in, which, user));
  if (!stored) return std::nullopt;
  big_endian_decoder from(*stored);
  reaction_state found;
  found.seq = seq_no{from.number<std::uint64_t>()};
  found.present = from.number<std::uint8_t>() != 0;
  return found;
}

void fold_tables::put_reaction(room_id in, const reaction_changed& which, std::string_view user,
                               const reaction_state& reaction) {
  value_.clear();
  append_big_endian(value_, reaction.seq.value);
  append_big_endian(value_, static_cast<std::uint8_t>(reaction.present ? 1 : 0));
  store_.put(reaction_key(in, which, user), value_);
}

std::optional<watermark_moves> fold_tables::find_moves(offset at) {
  const auto stored = store_.get(key('W').number(at.value));
  if (!stored) return std::nullopt;
  big_endian_decoder from(*stored);
  watermark_moves moves;
  moves.shown_time = timestamp{from.number<std::int64_t>()};
  moves.moved = from.rest();
  return moves;
}

void fold_tables::put_moves(offset at, const watermark_moves& moves) {
  value_.clear();
  append_big_endian(value_, moves.shown_time.value);
  value_.append(moves.moved);
  store_.put(key('W').number(at.value), value_);
}

timestamp fold_tables::find_revocation(std::string_view user, std::string_view device) {
  const auto stored =
      store_.get(key('V').number(static_cast<std::uint16_t>(user.size())).text(user).text(device));
  return stored ? timestamp{big_endian_decoder(*stored).number<std::int64_t>()} : timestamp{};
}

timestamp fold_tables::revoked_up_to(std::string_view user, std::string_view device) {
  if (user.size() > principal_bytes_max || device.size() > id_bytes_max) return {};
  const timestamp of_all = find_revocation(user, {});
  return device.empty() ? of_all : std::max(of_all, find_revocation(user, device));
}

void fold_tables::revoke(const principal_revoked& what) {
  if (what.before <= find_revocation(what.user, what.device)) return;
  value_.clear();
  append_big_endian(value_, what.before.value);
  store_.put(key('V')
                 .number(static_cast<std::uint16_t>(what.user.size()))
                 .text(what.user)
                 .text(what.device),
             value_);
}

}  // namespace roomlog
