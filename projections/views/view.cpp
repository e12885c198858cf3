#include "projections/views/view.h"

#include <algorithm>

#include "projections/store/big_endian.h"

namespace roomlog {

partition_view::partition_view(partition_store& store, fold_state& fold, view_id id,
                               std::uint8_t version)
    : store_(store), fold_(fold), id_(id), version_(version) {
  if (const auto stored = store_.get(key('P'))) {
    next_ = staged_ = offset{big_endian_decoder(*stored).number<std::uint64_t>()};
  }
}

void partition_view::see(const record_view& record, const decided_event& decided) {
  if (decided.at < next_ || decided.decision.kind != verdict_kind::accepted) return;
  if (const fold_state::room* in = fold_.find_room(decided.ev.room)) {
    apply(in->value.id, record, decided);
  }
}

// A view may be ahead of a fold that was begun anew.
void partition_view::advance(offset next) {
  next_ = std::max(next_, next);
}

void partition_view::stage() {
  stage_records();
  if (staged_ == next_) return;
  staged_ = next_;
  std::string value;
  append_big_endian(value, next_.value);
  store_.put(key('P'), value);
}

}  // namespace roomlog
