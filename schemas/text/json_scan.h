// One pass over the JSON text of a command: its top-level fields with their values, each also in
// compact form, and nothing that two parsers could read in two ways. Nested values are kept as
// compact text only: object members in the order as sent, numbers as written, strings re-escaped
// the one way that append_json_string() has.
//
//   {"type":"send", "metadata":{ "b":1, "a":[2] }}   fields: type, metadata
//                                                    metadata's value: {"b":1,"a":[2]}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roomlog {

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

constexpr std::size_t json_depth_max = 32;

// Places are into scanned_object's two texts.
struct json_text_range {
  std::size_t begin = 0, size = 0;
};

struct json_element {
  json_kind kind = json_kind::null;
  json_text_range plain;  // string: its characters
};

struct json_field {
  json_text_range name;   // in `compact`, escaped, without quotes
  json_text_range value;  // in `compact`
  json_text_range plain;  // string: its characters, in `plain`
  json_kind kind = json_kind::null;
  bool truth = false;         // boolean
  bool is_integer = false;    // number: written as an integer, not negative, below 2^64
  std::uint64_t integer = 0;  // where is_integer
  std::size_t first_element = 0, element_count = 0;  // array
};

// One thread. Reused from command to command so that its memory is.
struct scanned_object {
  std::string compact, plain;
  std::vector<json_field> fields;
  std::vector<json_element> elements;  // of the arrays that are top-level values

  void clear();
  const json_field* find(std::string_view name) const;
  std::string_view name_of(const json_field& f) const;
  std::string_view compact_of(const json_field& f) const;
  std::string_view plain_of(const json_field& f) const;
  std::string_view plain_of(const json_element& e) const;
};

// Fills `into` and returns null; or says what is wrong, and `into` has the fields that were read
// whole before. Refused: anything but one object and white space around it (RFC 8259), invalid
// UTF-8, lone surrogates, U+0000, a member name twice in any object, numbers beyond a double, depth
// above json_depth_max.
const char* scan_object(std::string_view json, scanned_object& into);

}  // namespace roomlog
