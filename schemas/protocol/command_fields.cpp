#include "schemas/protocol/command_fields.h"

#include <algorithm>

#include "schemas/text/time_text.h"

namespace roomlog {

const ascii_rule room_rule{128, 0x21, "1 to 128 characters of 0x21-0x7E"};
const ascii_rule cid_rule{64, 0x21, "1 to 64 characters of 0x21-0x7E"};
const ascii_rule user_rule{user_bytes_max, 0x20, "1 to 255 characters of 0x20-0x7E"};
const ascii_rule content_type_rule{128, 0x21, "1 to 128 characters of 0x21-0x7E"};
const ascii_rule epoch_rule{32, 0x21, "1 to 32 characters of 0x21-0x7E"};

bool is_ascii_within(std::string_view text, const ascii_rule& rule) {
  if (text.empty() || text.size() > rule.size_max) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= rule.lowest && byte <= 0x7e;
  });
}

void command_fields::invalid(std::string_view name, std::string_view rule) {
  if (invalid_) return;
  invalid_.emplace(name);
  *invalid_ += ": must be ";
  *invalid_ += rule;
}

std::optional<client_error> command_fields::error() const {
  if (missing_) return make_client_error(error_code::missing_fields);
  if (invalid_) return make_client_error(error_code::invalid_field, *invalid_);
  return std::nullopt;
}

bool command_fields::is_absent(const json_field* field) const {
  if (field == nullptr || field->kind == json_kind::null) return true;
  if (field->kind == json_kind::array) return field->element_count == 0;
  return field->kind == json_kind::string && field->plain.size == 0;
}

const json_field* command_fields::of_kind(std::string_view name, json_kind kind,
                                          std::string_view rule) {
  const json_field* field = object_.find(name);
  if (field == nullptr || field->kind == kind) return field;
  invalid(name, rule);
  return nullptr;
}

std::optional<std::string> command_fields::text(std::string_view name, presence needed) {
  if (needed == presence::required && is_absent(object_.find(name))) {
    missing();
    return std::nullopt;
  }
  const json_field* field = of_kind(name, json_kind::string, "a string");
  if (field == nullptr) return std::nullopt;
  return std::string(object_.plain_of(*field));
}

std::string command_fields::ascii(std::string_view name, presence needed, const ascii_rule& rule) {
  auto value = text(name, needed);
  if (!value) return {};
  if (!is_ascii_within(*value, rule)) invalid(name, rule.words);
  return *std::move(value);
}

std::optional<std::uint64_t> command_fields::integer(std::string_view name, std::uint64_t min,
                                                     std::uint64_t max) {
  const json_field* field = object_.find(name);
  if (field == nullptr) return std::nullopt;
  if (field->kind == json_kind::number && field->is_integer && field->integer >= min &&
      field->integer <= max) {
    return field->integer;
  }
  invalid(name, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::optional<bool> command_fields::boolean(std::string_view name) {
  const json_field* field = of_kind(name, json_kind::boolean, "true or false");
  if (field == nullptr) return std::nullopt;
  return field->truth;
}

std::optional<timestamp> command_fields::time(std::string_view name) {
  constexpr std::string_view rule = "a time of RFC 3339, such as 2026-03-01T09:14:07.000123Z";
  const json_field* field = of_kind(name, json_kind::string, rule);
  if (field == nullptr) return std::nullopt;
  const auto parsed = parse_time_text(object_.plain_of(*field));
  if (!parsed) invalid(name, rule);
  return parsed;
}

seq_no command_fields::seq(std::string_view name) {
  return seq_no{integer(name, 1, number_max).value_or(0)};
}

std::string command_fields::object(std::string_view name) {
  const json_field* field = of_kind(name, json_kind::object, "an object");
  return field == nullptr ? std::string{} : std::string(object_.compact_of(*field));
}

std::string command_fields::object_array(std::string_view name) {
  constexpr std::string_view rule = "an array of objects";
  const json_field* field = of_kind(name, json_kind::array, rule);
  if (field == nullptr || field->element_count == 0) return {};
  const json_element* first = object_.elements.data() + field->first_element;
  const bool all_objects = std::all_of(first, first + field->element_count,
                                       [](const auto& e) { return e.kind == json_kind::object; });
  if (!all_objects) invalid(name, rule);
  return std::string(object_.compact_of(*field));
}

std::vector<std::string> command_fields::ascii_array(std::string_view name, std::size_t count_max,
                                                     const ascii_rule& rule) {
  std::vector<std::string> values;
  const auto refuse = [&] {
    invalid(name, "an array of at most " + std::to_string(count_max) + " strings, each of " +
                      std::string(rule.words));
    return std::vector<std::string>{};
  };
  const json_field* field = object_.find(name);
  if (field == nullptr) return values;
  if (field->kind != json_kind::array || field->element_count > count_max) return refuse();
  for (std::size_t i = 0; i < field->element_count; ++i) {
    const json_element& element = object_.elements[field->first_element + i];
    const std::string_view value = object_.plain_of(element);
    if (element.kind != json_kind::string || !is_ascii_within(value, rule)) return refuse();
    values.emplace_back(value);
  }
  return values;
}

std::size_t command_fields::compact_size(std::string_view name) const {
  const json_field* field = object_.find(name);
  return field == nullptr ? 0 : field->value.size;
}

command_id read_command_id(const scanned_object& object) {
  const json_field* field = object.find("id");
  if (field == nullptr || field->value.size > command_id_bytes_max) return {};
  const bool fits = field->kind == json_kind::string || field->kind == json_kind::number;
  return fits ? command_id(object.compact_of(*field)) : command_id{};
}

}  // namespace roomlog
