#include "log/embedded/wal_tail.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/diagnostics.h"
#include "log/base/posix_file.h"

namespace roomlog {
namespace {

constexpr std::size_t block_bytes = 32768;
constexpr std::size_t frame_header_bytes = 7;
enum frame_type : unsigned char { full = 1, first = 2, middle = 3, last = 4 };

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

// CRC-32C (RFC 3720, appendix B.4), in the masked form that RocksDB stores.
std::uint32_t masked_crc32c(std::string_view bytes) {
  static constexpr auto table = make_crc32c_table();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xffU] ^ (crc >> 8);
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

struct frame {
  std::size_t begin;
  std::size_t length;  // of the payload
  unsigned char type;
  std::size_t end() const { return begin + frame_header_bytes + length; }
};

// A frame that lies within its block and within the file.
std::optional<frame> frame_at(std::string_view wal, std::size_t begin) {
  if (wal.size() - begin < frame_header_bytes) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(wal[begin + i]); };
  const frame found{begin, byte(4) + std::size_t{byte(5)} * 256, byte(6)};
  if (found.type < full || found.type > last) return std::nullopt;
  if (found.end() > wal.size() || found.end() > (begin / block_bytes + 1) * block_bytes) {
    return std::nullopt;
  }
  return found;
}

bool checksum_holds(std::string_view wal, const frame& one) {
  const auto stored = load_little<std::uint32_t>(wal.data() + one.begin);
  return stored == masked_crc32c(wal.substr(one.begin + 6, 1 + one.length));
}

// True where a good record begins anywhere behind `begin`; the frames before it may be unreadable,
// so every place is tried.
bool record_follows(std::string_view wal, std::size_t begin) {
  for (std::size_t at = begin + 1; at + frame_header_bytes <= wal.size(); ++at) {
    const auto found = frame_at(wal, at);
    if (found && found->length > 0 && (found->type == full || found->type == first) &&
        checksum_holds(wal, *found)) {
      return true;
    }
  }
  return false;
}

// The frames of the record that was looked at last, and whether it is complete.
struct record_frames {
  std::vector<frame> frames;
  bool complete = false;

  // False if the frame cannot follow those before it.
  bool add(const frame& next) {
    const bool begins = next.type == full || next.type == first;
    const bool open = !frames.empty() && !complete;
    if (begins == open) return false;
    if (begins) frames.clear();
    frames.push_back(next);
    complete = next.type == full || next.type == last;
    return true;
  }
};

// Where the bytes cease to make sense: the beginning of the record that is not complete or, if it
// is the last one, whose checksum fails. Nothing where all do.
std::optional<std::size_t> find_break(std::string_view wal) {
  record_frames record;
  std::size_t at = 0;
  while (at < wal.size()) {
    if (const auto left = block_bytes - at % block_bytes; left < frame_header_bytes) {
      at += left;  // filled with zeros
      continue;
    }
    const auto next = frame_at(wal, at);
    if (!next || !record.add(*next)) {
      return record.complete || record.frames.empty() ? at : record.frames.front().begin;
    }
    at = next->end();
  }
  if (record.frames.empty()) return std::nullopt;
  const bool good =
      record.complete && std::all_of(record.frames.begin(), record.frames.end(),
                                     [&](const frame& one) { return checksum_holds(wal, one); });
  return good ? std::nullopt : std::optional(record.frames.front().begin);
}

// A file's bytes, mapped for reading.
class mapped_file {
 public:
  mapped_file(const file_handle& file, std::size_t size)
      : size_(size), bytes_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd(), 0)) {}
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() {
    if (good()) (void)::munmap(bytes_, size_);  // cannot fail for what mmap gave
  }
  bool good() const { return bytes_ != MAP_FAILED; }
  std::string_view text() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  std::size_t size_;
  void* bytes_;
};

// The WAL with the highest number that holds anything; empty where there is none.
std::filesystem::path newest_wal(const std::filesystem::path& records) {
  std::filesystem::path newest;
  std::uint64_t newest_number = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(records, ignored)) {
    const auto stem = entry.path().stem().string();
    const bool numbered = !stem.empty() && stem.find_first_not_of("0123456789") == stem.npos;
    if (entry.path().extension() != ".log" || !numbered || entry.file_size() == 0) continue;
    const auto number = std::stoull(stem);
    if (newest.empty() || number > newest_number) {
      newest = entry.path();
      newest_number = number;
    }
  }
  return newest;
}

result<> cut(const file_handle& file, const std::filesystem::path& path, std::string_view wal,
             std::size_t at, const std::filesystem::path& evidence) {
  if (auto kept = replace_file(evidence, wal.substr(at)); !kept) return kept;
  if (::ftruncate(file.fd(), static_cast<off_t>(at)) != 0) return system_error("cannot cut", path);
  if (::fsync(file.fd()) != 0) return system_error("cannot sync", path);
  diagnostics::warn("log", "cut " + std::to_string(wal.size() - at) + " bytes at " +
                               std::to_string(at) + " of " + path.string() +
                               ": an append that was never acknowledged; they are kept in " +
                               evidence.string());
  return {};
}

}  // namespace

wal_finding check_wal(std::string_view wal) {
  const auto broken = find_break(wal);
  if (!broken) return {wal_state::whole, wal.size()};
  return {record_follows(wal, *broken) ? wal_state::damaged : wal_state::torn, *broken};
}

result<std::uint64_t> cut_torn_wal(const std::filesystem::path& records,
                                   const std::filesystem::path& evidence) {
  const auto path = newest_wal(records);
  if (path.empty()) return std::uint64_t{0};
  auto file = open_file(path, O_RDWR);
  if (!file) return file.error();
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  const mapped_file wal(*file, size);
  if (!wal.good()) return system_error("cannot map", path);
  const auto verdict = check_wal(wal.text());
  if (verdict.state == wal_state::damaged) {
    return error{errc::damaged, path.string() + " is damaged at byte " +
                                    std::to_string(verdict.at) + ", and records follow after it"};
  }
  if (verdict.state == wal_state::whole) return std::uint64_t{0};
  const auto kept_as =
      evidence / ("torn-" + path.stem().string() + "-" + std::to_string(verdict.at));
  if (auto done = cut(*file, path, wal.text(), verdict.at, kept_as); !done) return done.error();
  return std::uint64_t{size - verdict.at};
}

}  // namespace roomlog
