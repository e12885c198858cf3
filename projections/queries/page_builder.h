// Collects a page's entries and the memory that they borrow from.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/queries/history_source.h"
#include "projections/views/history_view.h"

namespace roomlog {

// One thread. The page keeps the memory alive.
class page_builder {
 public:
  page_builder() : memory_(std::make_shared<memory>()) {}

  // Decodes a stored record, as it was posted; errc::malformed when it does not decode.
  result<history_entry> read(seq_no seq, const history_record& stored);
  // The entry that was read last is not added: its memory is used again.
  void take_back();
  void add(history_entry entry) { page_.entries.push_back(std::move(entry)); }
  // Makes a message show the text of `edit`, a decoded edit of it.
  result<> show_edited(history_entry& message, const event& edit);

  history_page& page() { return page_; }
  std::size_t bytes() const { return memory_->bytes; }
  std::shared_ptr<const void> memory_used() const { return memory_; }
  history_page finish();

 private:
  struct alignas(16) unit {
    std::byte bytes[16];
  };
  static constexpr std::size_t units_per_block = 1024;
  struct memory {
    std::vector<std::unique_ptr<unit[]>> blocks;
    unit* free = nullptr;  // in the last block
    std::size_t units_left = 0;
    std::size_t bytes = 0;
    std::size_t last_bytes = 0;  // of what was kept last
  };
  static std::size_t units_for(std::size_t bytes);
  // A copy that starts at a multiple of 16 and lives as long as the page.
  byte_view keep(std::string_view bytes);

  history_page page_;
  std::shared_ptr<memory> memory_;
};

}  // namespace roomlog
