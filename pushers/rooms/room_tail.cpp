#include "pushers/rooms/room_tail.h"

#include <algorithm>
#include <cstring>

#include "pushers/transport/ws_frame.h"

namespace roomlog {

namespace {

// The first block is small, so that a quiet room costs little; later ones double.
constexpr std::uint32_t block_bytes_min = 4 * 1024;
constexpr std::uint32_t block_bytes_max = 64 * 1024;

}  // namespace

room_tail::block& room_tail::block_for(std::size_t frame_bytes) {
  if (!blocks_.empty() && blocks_.back().capacity - blocks_.back().used() >= frame_bytes)
    return blocks_.back();
  block fresh;
  fresh.first = end_;
  const auto grown =
      blocks_.empty() ? block_bytes_min : std::min(blocks_.back().capacity * 2, block_bytes_max);
  fresh.capacity = std::max(grown, static_cast<std::uint32_t>(frame_bytes));
  fresh.data.reset(new char[fresh.capacity]);
  bytes_ += fresh.footprint();
  blocks_.push_back(std::move(fresh));
  return blocks_.back();
}

void room_tail::append(std::string_view payload) {
  const auto frame_bytes = ws_header_bytes(payload.size()) + payload.size();
  auto& into = block_for(frame_bytes);
  const auto before = into.footprint();
  const auto used = into.used();
  char* const frame = into.data.get() + used;
  const auto header = put_ws_header(frame, ws_opcode::text, payload.size());
  std::memcpy(frame + header, payload.data(), payload.size());
  into.ends.push_back(used + static_cast<std::uint32_t>(frame_bytes));
  bytes_ += into.footprint() - before;
  ++end_;
}

void room_tail::reset(seq_no next) {
  blocks_.clear();
  bytes_ = 0;
  begin_ = end_ = next;
}

bool room_tail::drop_oldest() {
  if (blocks_.empty()) return false;
  bytes_ -= blocks_.front().footprint();
  blocks_.erase(blocks_.begin());
  begin_ = blocks_.empty() ? end_ : blocks_.front().first;
  return true;
}

void room_tail::drop_through(seq_no last) {
  if (last < begin_) return;
  while (!blocks_.empty() && (blocks_.size() == 1 ? end_ : blocks_[1].first) <= next(last))
    drop_oldest();
  begin_ = std::max(begin_, std::min(next(last), end_));
}

const room_tail::block& room_tail::block_of(seq_no seq) const {
  auto at = blocks_.rbegin();  // cursors are near the head as a rule
  while (at->first > seq) ++at;
  return *at;
}

room_tail::frames room_tail::range(seq_no from, seq_no until, std::size_t bytes_max) const {
  const auto& in = block_of(from);
  const auto index = static_cast<std::size_t>(from.value - in.first.value);
  const auto start = index == 0 ? 0 : in.ends[index - 1];
  const auto count = std::min<std::size_t>(in.ends.size(), until.value - in.first.value);
  const auto first_end = in.ends.begin() + static_cast<std::ptrdiff_t>(index);
  const auto limit = in.ends.begin() + static_cast<std::ptrdiff_t>(count);
  auto last = std::upper_bound(first_end, limit, start + bytes_max,
                               [](std::size_t most, std::uint32_t end) { return most < end; });
  if (last == first_end) ++last;
  return {{in.data.get() + start, *(last - 1) - start},
          seq_no{from.value + static_cast<std::uint64_t>(last - first_end)}};
}

std::string_view room_tail::payload(seq_no seq) const {
  return ws_payload(frame(seq));
}

}  // namespace roomlog
