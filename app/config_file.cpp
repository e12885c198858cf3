#include "app/config_file.h"

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace roomlog {
namespace {

config_file_entry entry_of(std::string name, const toml::node& node) {
  config_file_entry out{std::move(name), {}, node.source().begin.line, true};
  if (const auto* text = node.as_string()) {
    out.value = text->get();
  } else if (const auto* number = node.as_integer()) {
    out.value = std::to_string(number->get());
  } else if (const auto* truth = node.as_boolean()) {
    out.value = truth->get() ? "true" : "false";
  } else {
    out.is_value = false;
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
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return error{errno == ENOENT ? errc::not_found : errc::io,
                 path.string() + ": cannot be opened: " + std::strerror(errno)};
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return error{errc::io, path.string() + ": cannot be read"};
  try {
    std::vector<config_file_entry> out;
    flatten({}, toml::parse(text.str()), out);
    std::ranges::sort(out, {}, &config_file_entry::line);
    return out;
  } catch (const toml::parse_error& e) {
    return error{errc::invalid, path.string() + ":" + std::to_string(e.source().begin.line) +
                                    ": no TOML: " + std::string(e.description())};
  }
}

}  // namespace roomlog
