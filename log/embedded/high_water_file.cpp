#include "log/embedded/high_water_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <string_view>

#include "log/base/bytes.h"

namespace roomlog {
namespace {

// magic 8 | generation 8 | partitions 8 | ends 8 each | XXH3 of all before 8; slots begin on a
// page.
constexpr std::string_view magic = "RLHIGHW1";
constexpr std::size_t header_bytes = 24;
constexpr std::size_t page_bytes = 4096;

std::size_t content_bytes(std::size_t partitions) {
  return header_bytes + 8 * partitions + 8;
}

std::size_t slot_bytes(std::size_t partitions) {
  return (content_bytes(partitions) + page_bytes - 1) / page_bytes * page_bytes;
}

void encode(std::string& to, std::uint64_t generation, std::span<const offset> ends) {
  to.assign(magic);
  append_little(to, generation);
  append_little(to, std::uint64_t{ends.size()});
  for (const auto end : ends) append_little(to, end.value);
  append_little(to, std::uint64_t{XXH3_64bits(to.data(), to.size())});
}

struct decoded_slot {
  std::uint64_t generation;
  std::vector<offset> ends;
};

std::optional<decoded_slot> decode(std::string_view slot) {
  if (slot.size() < header_bytes || slot.substr(0, magic.size()) != magic) return std::nullopt;
  const auto partitions = load_little<std::uint64_t>(slot.data() + 16);
  if (partitions > slot.size() / 8 || content_bytes(partitions) > slot.size()) return std::nullopt;
  const auto checked = content_bytes(partitions) - 8;
  if (XXH3_64bits(slot.data(), checked) != load_little<std::uint64_t>(slot.data() + checked)) {
    return std::nullopt;
  }
  decoded_slot found{load_little<std::uint64_t>(slot.data() + 8), {}};
  for (std::size_t p = 0; p < partitions; ++p) {
    found.ends.emplace_back(load_little<std::uint64_t>(slot.data() + header_bytes + 8 * p));
  }
  return found;
}

}  // namespace

result<std::optional<std::vector<offset>>> read_high_water(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes && bytes.error().code == errc::not_found) return std::optional<std::vector<offset>>();
  if (!bytes) return bytes.error();
  const std::string_view all = *bytes;
  auto first = decode(all.substr(0, all.size() / 2));
  auto second = decode(all.substr(all.size() / 2));
  if (!first && !second) {
    return error{errc::damaged,
                 "both slots of " + path.string() +
                     " are damaged: it cannot be told whether acknowledged records are missing; "
                     "without the file the log starts unchecked"};
  }
  const bool take_first = first && (!second || first->generation > second->generation);
  return std::optional(std::move(take_first ? first->ends : second->ends));
}

result<high_water_file> high_water_file::create(const std::filesystem::path& path,
                                                std::span<const offset> ends) {
  std::string both;
  encode(both, 0, ends);
  both.resize(slot_bytes(ends.size()));
  std::string second;
  encode(second, 1, ends);
  both += second;
  both.resize(2 * slot_bytes(ends.size()));
  if (auto written = replace_file(path, both); !written) return written.error();
  auto file = open_file(path, O_WRONLY);
  if (!file) return file.error();
  return high_water_file(path, std::move(*file));
}

result<> high_water_file::write(std::span<const offset> ends) {
  ++generation_;
  encode(slot_, generation_, ends);
  return write_at(file_, slot_, generation_ % 2 * slot_bytes(ends.size()), path_);
}

result<> high_water_file::sync() {
  if (::fdatasync(file_.fd()) != 0) return system_error("cannot sync", path_);
  return {};
}

}  // namespace roomlog
