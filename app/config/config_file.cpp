#include "app/config/config_file.h"

#include <toml++/toml.h>
#include <algorithm>
#include <optional>

#include "log/base/posix_file.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/text_encoding.h"

namespace roomlog {
namespace {

std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

bool holds_a_table(const toml::array& array) {
  return std::ranges::any_of(array, [](const toml::node& item) { return item.is_table(); });
}

// The items joined with commas, if they can be a list.
std::optional<std::string> list_of(const toml::array& array) {
  std::string out;
  for (const auto& item : array) {
    const auto text = text_of(item);
    if (!text || text->empty()) return std::nullopt;
    out += (out.empty() ? "" : ",") + *text;
  }
  return out;
}

config_file_entry entry_of(std::string name, const toml::node& node) {
  config_file_entry out{std::move(name), {}, node.source().begin.line, config_shape::value};
  if (auto text = text_of(node)) {
    out.value = *std::move(text);
  } else if (const auto* array = node.as_array()) {
    auto list = list_of(*array);
    out.shape = list                    ? config_shape::list
                : holds_a_table(*array) ? config_shape::array_of_tables
                                        : config_shape::array;
    out.value = std::move(list).value_or("");
  } else {
    out.shape = node.is_floating_point() ? config_shape::fraction : config_shape::time;
  }
  return out;
}

// As it stands where that can be shown in a message and told from its neighbours.
std::string shown_key(std::string_view key) {
  const bool is_plain = !key.empty() && std::ranges::all_of(key, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
  if (is_plain) return std::string(key);
  std::string quoted;
  append_json_string(quoted, key);
  return quoted;
}

void flatten(const std::string& prefix, const toml::table& table,
             std::vector<config_file_entry>& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + shown_key(key.str());
    if (const auto* inner = node.as_table(); inner != nullptr && !inner->empty()) {
      flatten(name + ".", *inner, out);
    } else if (inner != nullptr) {
      out.push_back({std::move(name), {}, inner->source().begin.line, config_shape::table});
    } else {
      out.push_back(entry_of(std::move(name), node));
    }
  }
}

// The parser and its tables go down by one call for each part of a dotted key, without a bound.
// 0: no line has too many.
std::size_t line_of_too_many_dots(std::string_view text) {
  constexpr std::ptrdiff_t dots_max = 1000;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    if (!one.starts_with('#') && std::ranges::count(one, '.') > dots_max) return line;
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return 0;
}

}  // namespace

const char* to_string(config_shape shape) noexcept {
  switch (shape) {
    case config_shape::value:
      return "a value";
    case config_shape::list:
    case config_shape::array:
      return "an array";
    case config_shape::array_of_tables:
      return "an array of tables";
    case config_shape::table:
      return "a table";
    case config_shape::fraction:
      return "a number that is not whole";
    case config_shape::time:
      return "a date or a time";
  }
  return "";
}

result<std::vector<config_file_entry>> read_config_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  const auto text = text_without_mark(*bytes, path.string());
  if (!text) return error{errc::invalid, text.error().text};
  const auto refused = [&](std::size_t line, const std::string& why) {
    return error{errc::invalid, path.string() + ":" + std::to_string(line) + ": " + why};
  };
  if (const auto line = line_of_too_many_dots(*text); line != 0) {
    return refused(line, "a line may have at most 1000 dots");
  }
  try {
    std::vector<config_file_entry> out;
    flatten({}, toml::parse(*text), out);
    std::ranges::stable_sort(out, {}, &config_file_entry::line);
    return out;
  } catch (const toml::parse_error& e) {
    return refused(e.source().begin.line, "invalid TOML: " + std::string(e.description()));
  }
}

}  // namespace roomlog
