// Keys of the fold that are read and written one by one, straight from the partition's store: no
// record stands in front of them. Used as fold_state is, which owns it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "projections/fold/fold_records.h"
#include "projections/store/state_store.h"

namespace roomlog {

class fold_tables {
 public:
  // `store` outlives this.
  fold_tables(partition_store& store, partition_id partition)
      : store_(store), partition_(partition) {}

  // Who reacted with what; nothing where they never did.
  std::optional<reaction_state> find_reaction(room_id in, const reaction_changed& which,
                                              std::string_view user);
  void put_reaction(room_id in, const reaction_changed& which, std::string_view user,
                    const reaction_state& reaction);

  // Nothing where no watermark moved at this offset. Nothing asks yet: the view of receipts will, as
  // only these keys tell a view behind the fold what moved, and when.
  std::optional<watermark_moves> find_moves(offset at);
  void put_moves(offset at, const watermark_moves& moves);

  // Tokens of this user ("tenant/user") and device that were issued up to this time are revoked; 0
  // where none was. Revocations of all devices count. Nothing asks yet: authentication will, once
  // `revoke` appends these records.
  timestamp revoked_up_to(std::string_view user, std::string_view device);
  // What was revoked before stays so.
  void revoke(const principal_revoked& what);

 private:
  key_builder key(char table) const {
    return key_builder(view_id::fold, fold_format_version, partition_, table);
  }
  key_builder reaction_key(room_id in, const reaction_changed& which, std::string_view user) const;
  timestamp find_revocation(std::string_view user, std::string_view device);

  partition_store& store_;
  partition_id partition_;
  std::string value_;  // being encoded
};

}  // namespace roomlog
