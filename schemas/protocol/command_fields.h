// Typed access to the fields of a scanned command. Each call checks one field and remembers the
// first trouble; error() tells it once all were looked at. A required field that is absent, null or
// "" counts as missing, and missing comes before invalid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/event_command.h"
#include "schemas/text/json_scan.h"

namespace roomlog {

constexpr std::uint64_t number_max = (std::uint64_t{1} << 53) - 1;
constexpr std::size_t command_id_bytes_max = 128;
constexpr std::size_t user_bytes_max = 255;

enum class presence { optional, required };

// Printable ASCII of a bounded length.
struct ascii_rule {
  std::size_t size_max;
  unsigned char lowest;  // 0x20 with blanks, 0x21 without
  const char* words;     // for the message
};
extern const ascii_rule room_rule, cid_rule, user_rule, content_type_rule, epoch_rule;

class command_fields {
 public:
  // Outlived by `object`.
  explicit command_fields(const scanned_object& object) : object_(object) {}

  // Any characters; nullopt where absent.
  std::optional<std::string> text(std::string_view name, presence needed);
  std::string ascii(std::string_view name, presence needed, const ascii_rule& rule);
  std::optional<std::uint64_t> integer(std::string_view name, std::uint64_t min, std::uint64_t max);
  std::optional<bool> boolean(std::string_view name);
  std::optional<timestamp> time(std::string_view name);
  // A seq, 1 or more; 0 where absent.
  seq_no seq(std::string_view name);
  // Compact JSON text, "" where absent.
  std::string object(std::string_view name);
  std::string object_array(std::string_view name);
  std::vector<std::string> ascii_array(std::string_view name, std::size_t count_max,
                                       const ascii_rule& rule);
  // Whether it is there and neither null nor "" nor [].
  bool given(std::string_view name) const { return !is_absent(object_.find(name)); }
  // The field's bytes as compact JSON; 0 where absent.
  std::size_t compact_size(std::string_view name) const;

  // Rules that a single field does not show.
  void missing() { missing_ = true; }
  void invalid(std::string_view name, std::string_view rule);
  std::optional<client_error> error() const;

 private:
  // Null where absent, and where of another kind, which is then noted.
  const json_field* of_kind(std::string_view name, json_kind kind, std::string_view rule);
  bool is_absent(const json_field* field) const;

  const scanned_object& object_;
  bool missing_ = false;
  std::optional<std::string> invalid_;
};

// The `id` as the reply repeats it: a number or a string, at most command_id_bytes_max of JSON.
// "" where there is none, or none that fits.
command_id read_command_id(const scanned_object& object);
bool is_ascii_within(std::string_view text, const ascii_rule& rule);

}  // namespace roomlog
