// Writes JSON text by appending, without a tree: what is sent to clients millions of times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roomlog {

// Appends `text` as a JSON string with quotes. Escapes ", \ and code points below U+0020;
// everything else goes out as it is (the input is valid UTF-8).
void append_json_string(std::string& out, std::string_view text);
// JSON text with <, > and & as escapes: the same value, and nothing that a browser which takes it
// for HTML would make markup of.
std::string without_markup(std::string json);
void append_json_number(std::string& out, std::uint64_t n);
void append_json_number(std::string& out, std::int64_t n);

// An object under construction: fields in the order of the calls. One thread, one object at a time;
// the closing brace is written by close().
class json_object {
 public:
  explicit json_object(std::string& out) : out_(out) { out_ += '{'; }
  json_object& field(std::string_view name, std::string_view text);
  json_object& field(std::string_view name, const char* text) {
    return field(name, std::string_view(text));
  }
  json_object& field(std::string_view name, std::uint64_t n);
  json_object& field(std::string_view name, bool value);
  // `json` is complete JSON text.
  json_object& raw(std::string_view name, std::string_view json);
  // Writes the name and leaves the value to the caller, who appends to the same string.
  std::string& value_of(std::string_view name);
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace roomlog
