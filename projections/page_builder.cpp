#include "projections/page_builder.h"

#include <algorithm>
#include <cstring>

#include "schemas/codec.h"

namespace roomlog {

byte_view page_builder::keep(std::string_view bytes) {
  const std::size_t units = bytes.size() / sizeof(unit) + 1;
  if (memory_->units_left < units) {
    memory_->units_left = std::max(units, units_per_block);
    memory_->blocks.push_back(std::unique_ptr<unit[]>(new unit[memory_->units_left]));
    memory_->free = memory_->blocks.back().get();
  }
  auto* copy = reinterpret_cast<std::byte*>(memory_->free);
  memory_->free += units;
  memory_->units_left -= units;
  memory_->bytes += bytes.size();
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  return {copy, bytes.size()};
}

result<history_entry> page_builder::read(seq_no seq, const history_value& stored) {
  auto ev = decode(keep(stored.record));
  if (!ev) return ev.error();
  history_entry entry;
  entry.ev = std::move(*ev);
  entry.standing.seq = seq;
  entry.standing.at = stored.at;
  entry.standing.ts = stored.shown_time;
  entry.standing.deleted = stored.deleted;
  entry.standing.edited = stored.edit_count > 0;
  entry.standing.edit_count = stored.edit_count;
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
