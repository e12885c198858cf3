#include "projections/queries/page_builder.h"

#include <algorithm>
#include <cstring>

#include "schemas/records/codec.h"

namespace roomlog {

std::size_t page_builder::units_for(std::size_t bytes) {
  return bytes / sizeof(unit) + 1;
}

byte_view page_builder::keep(std::string_view bytes) {
  const std::size_t units = units_for(bytes.size());
  if (memory_->units_left < units) {
    memory_->units_left = std::max(units, units_per_block);
    memory_->blocks.push_back(std::unique_ptr<unit[]>(new unit[memory_->units_left]));
    memory_->free = memory_->blocks.back().get();
  }
  auto* copy = reinterpret_cast<std::byte*>(memory_->free);
  memory_->free += units;
  memory_->units_left -= units;
  memory_->bytes += bytes.size();
  memory_->last_bytes = bytes.size();
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  return {copy, bytes.size()};
}

void page_builder::take_back() {
  const std::size_t units = units_for(memory_->last_bytes);
  memory_->free -= units;
  memory_->units_left += units;
  memory_->bytes -= memory_->last_bytes;
}

result<history_entry> page_builder::read(seq_no seq, const history_record& stored) {
  auto ev = decode(keep(stored.record));
  if (!ev) return ev.error();
  history_entry entry;
  entry.ev = std::move(*ev);
  entry.standing.seq = seq;
  entry.standing.at = stored.at;
  entry.standing.ts = stored.shown_time;
  return entry;
}

result<> page_builder::show_edited(history_entry& message, const event& edit) {
  auto posted = decode_message_content(message.ev.content);
  if (!posted) return posted.error();
  const auto edited = decode_message_content(edit.content);
  if (!edited) return edited.error();
  posted->text = edited->text;
  message.ev.content = keep(encode(*posted));
  return {};
}

history_page page_builder::finish() {
  page_.storage = memory_;
  return std::move(page_);
}

}  // namespace roomlog
