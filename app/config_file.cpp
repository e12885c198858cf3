#include "app/config_file.h"

#include <toml++/toml.h>
#include <algorithm>
#include <optional>

#include "log/posix_file.h"

namespace roomlog {
namespace {

std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

config_file_entry entry_of(std::string name, const toml::node& node) {
  config_file_entry out{std::move(name), {}, node.source().begin.line, true};
  if (auto text = text_of(node)) {
    out.value = *std::move(text);
    return out;
  }
  out.is_value = false;
  const auto* array = node.as_array();
  if (array == nullptr) return out;
  out.is_list = true;
  for (const auto& item : *array) {
    const auto text = text_of(item);
    if (!text) out.is_list = false;
    if (text) out.value += (out.value.empty() ? "" : ",") + *text;
  }
  return out;
}

void flatten(const std::string& prefix, const toml::table& table,
             std::vector<config_file_entry>& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      if (inner->empty()) {
        // An empty section says nothing; still its name must be one.
        out.push_back({name, {}, inner->source().begin.line, false});
      } else {
        flatten(name + ".", *inner, out);
      }
    } else {
      out.push_back(entry_of(std::move(name), node));
    }
  }
}

}  // namespace

result<std::vector<config_file_entry>> read_config_file(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  try {
    std::vector<config_file_entry> out;
    flatten({}, toml::parse(*text), out);
    std::ranges::sort(out, {}, &config_file_entry::line);
    return out;
  } catch (const toml::parse_error& e) {
    return error{errc::invalid, path.string() + ":" + std::to_string(e.source().begin.line) +
                                    ": no TOML: " + std::string(e.description())};
  }
}

}  // namespace roomlog
