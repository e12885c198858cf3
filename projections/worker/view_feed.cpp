#include "projections/worker/view_feed.h"

#include <algorithm>

#include "log/base/diagnostics.h"
#include "log/base/planted_bug.h"
#include "projections/store/big_endian.h"

namespace roomlog {
namespace {

// Of one read of the log, for several turns.
constexpr std::size_t view_read_bytes = 128 << 10;

// What the keys of one view in one partition begin with.
struct key_head {
  std::uint8_t view, version;
  std::uint16_t partition;

  static key_head of(std::string_view key) {
    big_endian_decoder in(key);
    key_head head{};
    head.view = in.number<std::uint8_t>();
    head.version = in.number<std::uint8_t>();
    head.partition = in.number<std::uint16_t>();
    return head;
  }
  std::string prefix() const {
    std::string out;
    append_big_endian(out, view);
    append_big_endian(out, version);
    append_big_endian(out, partition);
    return out;
  }
  key_head of_next_version(std::uint16_t wanted) const {
    const bool last = version == 0xff;
    return {static_cast<std::uint8_t>(last ? view + 1 : view),
            static_cast<std::uint8_t>(last ? 0 : version + 1), wanted};
  }
  bool is_of(const view_entry& entry) const {
    return view == static_cast<std::uint8_t>(entry.id) && version == entry.version;
  }
};

constexpr std::uint8_t first_view = static_cast<std::uint8_t>(view_id::fold) + 1;

}  // namespace

// Keys are ordered by view, version and partition: a few seeks find all.
std::string find_dropped_view(state_store& store, partition_id partition,
                              const std::vector<view_entry>& kept) {
  const auto wanted = static_cast<std::uint16_t>(partition.value);
  key_head from{first_view, 0, wanted};
  while (true) {
    std::string found;
    store.scan(partition, from.prefix(), "\xff", scan_direction::forward,
               [&](std::string_view key, std::string_view) {
                 found = key;
                 return false;
               });
    if (found.empty()) return {};
    const key_head head = key_head::of(found);
    const bool is_kept =
        std::ranges::any_of(kept, [&](const view_entry& entry) { return head.is_of(entry); });
    if (head.partition == wanted && !is_kept) return head.prefix();
    from = head.partition < wanted ? key_head{head.view, head.version, wanted}
                                   : head.of_next_version(wanted);
  }
}

result<bool> view_feed::turn(fold_and_views& in, read_function how) {
  if (!all_dropped_) {
    const auto dropped = drop_one();
    waits_ = !dropped && dropped.error().code == errc::full;
    if (waits_) return false;
    if (!dropped || *dropped) return dropped;
  }
  const offset from = in.views.lowest();
  if (from >= in.fold.standing().next) {
    records_.reset();
    return false;
  }
  if (!records_ || from_ != from || next_ == records_->size()) {
    if (how == nullptr) return false;
    const auto there = read(from, how);
    if (!there || !*there) return there;
  }
  const std::size_t end = std::min(records_->size(), next_ + view_turn_records);
  const std::size_t skipped = planted("view_skips_a_record") && end - next_ > 2 ? 1 : 0;
  in.views.catch_up(*records_, next_ + skipped, end, *in.gate);
  next_ = end;
  from_ = in.views.lowest();
  return true;
}

// One range of keys, whose number does not count: the store forgets it as a whole. errc::full: the
// store does not work now. No record was touched, so nothing has to be decided again.
result<bool> view_feed::drop_one() {
  std::string dropped;
  try {
    dropped = find_dropped_view(store_, partition_, kept_);
  } catch (const store_error& e) {
    if (!e.may_pass()) throw;
    return error{errc::full, e.what()};
  }
  if (dropped.empty()) {
    all_dropped_ = true;
    return false;
  }
  if (auto done = store_.drop(partition_, dropped); !done) return done.error();
  const key_head head = key_head::of(dropped);
  diagnostics::info("fold", "partition " + std::to_string(partition_.value) + ": view " +
                                std::to_string(head.view) + ", version " +
                                std::to_string(head.version) +
                                " is not kept any more, its keys are removed");
  return true;
}

result<bool> view_feed::read(offset from, read_function how) {
  auto records = (events_.*how)(partition_, from, view_read_bytes);
  waits_ = !records &&
           (records.error().code == errc::timeout || records.error().code == errc::unavailable);
  if (waits_) return false;
  if (!records) {
    return error{records.error().code, "views cannot be built from offset " +
                                           std::to_string(from.value) + ": " +
                                           records.error().text};
  }
  if (!*records) return false;  // the log wakes this thread
  records_ = std::move(*records);
  next_ = 0;
  from_ = from;
  return true;
}

}  // namespace roomlog
