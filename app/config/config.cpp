#include "app/config/config.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "app/config/config_file.h"
#include "app/config/kafka_properties.h"
#include "app/config/nearest_name.h"
#include "app/config/service_variable.h"

extern char** environ;

namespace roomlog {
namespace {

constexpr std::string_view environment_prefix = "ROOMLOG_";

[[noreturn]] void misuse(std::string_view name) {
  std::fprintf(stderr, "roomlog: the program asked for the setting %.*s as what it is not\n",
               static_cast<int>(name.size()), name.data());
  std::abort();
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// "ROOMLOG_SERVER__PING_MS" → "server.ping_ms"
std::string setting_name(std::string_view variable) {
  if (auto property = property_of_environment(variable)) return *std::move(property);
  std::string out(variable.substr(environment_prefix.size()));
  std::ranges::transform(out, out.begin(), lower);
  if (const auto dot = out.find("__"); dot != std::string::npos) out.replace(dot, 2, ".");
  return out;
}

std::string unknown_setting(std::string_view name) {
  std::vector<std::string_view> names;
  for (const setting& s : all_settings()) names.push_back(s.name);
  std::string text = "unknown setting " + (name.empty() ? "\"\"" : std::string(name));
  if (const auto nearest = nearest_name(name, names)) {
    text += "; the nearest is " + std::string(*nearest);
  }
  return text;
}

std::string quoted(const setting& what, std::string_view value) {
  return what.kind == setting_kind::secret ? "(hidden)" : "\"" + std::string(value) + "\"";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string environment_name(std::string_view name) {
  std::string out(environment_prefix);
  for (const char c : name) {
    if (c == '.') {
      out += "__";
    } else {
      out += upper(c);
    }
  }
  return out;
}

// Applies one source after the other and collects what is wrong.
class config_loader {
 public:
  config_loader() {
    for (const setting& s : all_settings()) put(s, s.standard, "default");
  }

  result<> file(const std::filesystem::path& path) {
    auto entries = read_config_file(path);
    if (!entries) return entries.error();
    for (const config_file_entry& e : *entries) {
      take(e, path.string() + ":" + std::to_string(e.line));
    }
    return {};
  }

  void environment(const std::string& name, const std::string& value) {
    if (!name.starts_with(environment_prefix)) return;
    const std::string wanted = setting_name(name);
    const bool in_section = is_section(wanted.substr(0, wanted.find('.')));
    if (!in_section && is_service_variable(name, value)) {
      config_.ignored_.push_back(name);
    } else {
      named(wanted, value, "environment " + name);
    }
  }

  void named(const std::string& name, const std::string& value, const std::string& source) {
    if (is_property(name)) {
      put_property(name, value, source);
    } else if (const setting* what = find_setting(name)) {
      put(*what, value, source);
    } else {
      problem(source, unknown_setting(name));
    }
  }

  result<config> finish() {
    if (problems_.empty()) check_together();
    if (!problems_.empty()) return error{errc::invalid, problems_};
    return std::move(config_);
  }

 private:
  static bool is_section(std::string_view name) {
    return name == property_table().name ||
           std::ranges::find(all_sections(), name, &setting_section::name) != all_sections().end();
  }

  // One entry of the file. Whatever is not taken is a problem: nothing that stands there may
  // silently be the default.
  void take(const config_file_entry& e, const std::string& source) {
    const setting* what = find_setting(e.name);
    const bool takes_lists = what != nullptr && (what->kind == setting_kind::list ||
                                                 what->kind == setting_kind::ranges ||
                                                 what->kind == setting_kind::addresses);
    const bool is_fit =
        e.shape == config_shape::value || (e.shape == config_shape::list && takes_lists);
    const std::string is = ", and is " + std::string(to_string(e.shape));
    if (is_section(e.name)) {
      if (e.shape == config_shape::table) return;  // an empty section says nothing
      problem(source, e.name + " must be a table, as in [" + e.name + "]" + is);
    } else if (what == nullptr && !is_property(e.name)) {
      problem(source, unknown_setting(e.name));
    } else if (!is_fit) {
      problem(source, e.name +
                          (takes_lists ? " must be a string or an array of strings and numbers"
                                       : " must be a string, a number, true or false") +
                          is);
    } else if (!in_file_.insert(without_file_suffix(e.name)).second) {
      problem(source, e.name + " is given twice in the file");
    } else if (what != nullptr) {
      put(*what, e.value, source);
    } else {
      put_property(e.name, e.value, source);
    }
  }

  // sasl.password and sasl.password_file are one property; of settings both may be given.
  static std::string without_file_suffix(std::string name) {
    constexpr std::string_view suffix = "_file";
    if (is_property(name) && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    return name;
  }

  void put_property(const std::string& name, const std::string& value, const std::string& source) {
    auto read = read_property(name, value);
    if (!read) return problem(source, read.error().text);
    config_.properties_.insert_or_assign(read->name, config::entry{read->value, source});
  }

  // What no setting can know alone.
  void check_together() {
    for (const setting& s : all_settings()) {
      if (s.kind == setting_kind::path && s.name.ends_with("_file")) check_file(s.name);
    }
    if (config_.number("server.drain_notice") >= config_.number("server.drain")) {
      problem(config_.at("server.drain_notice").source,
              "server.drain_notice must be below server.drain");
    }
    for (const std::string name : {"auth.leeway", "auth.start_leeway"}) {
      if (config_.number(name) % 1000 == 0) continue;
      problem(config_.at(name).source, name + " must be whole seconds");
    }
  }

  void check_file(std::string_view name) {
    const config::entry& e = config_.at(name);
    const std::string& path = std::get<std::string>(e.value);
    std::error_code ignored;
    const bool is_directory = std::filesystem::is_directory(path, ignored);
    if (path.empty() || (!is_directory && ::access(path.c_str(), R_OK) == 0)) return;
    problem(e.source, std::string(name) + " = \"" + path +
                          "\": " + std::strerror(is_directory ? EISDIR : errno));
  }

  void put(const setting& what, std::string_view value, const std::string& source) {
    auto parsed = parse_setting(what, value);
    if (!parsed) {
      problem(source,
              std::string(what.name) + " = " + quoted(what, value) + ": " + parsed.error().text);
      return;
    }
    config_.entries_.insert_or_assign(std::string(what.name), config::entry{*parsed, source});
  }

  void problem(const std::string& source, const std::string& text) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += source + ": " + text;
  }

  config config_;
  std::set<std::string> in_file_;  // names that it gave
  std::string problems_;
};

std::vector<std::string> config::list(std::string_view name) const {
  return list_items(text(name));
}

std::vector<std::uint32_t> config::ranges(std::string_view name) const {
  return range_numbers(text(name));
}

result<config> config::load(const config_sources& sources) {
  config_loader loader;
  if (!sources.file.empty()) {
    if (auto read = loader.file(sources.file); !read) return read.error();
  }
  for (const auto& [name, value] : sources.environment) loader.environment(name, value);
  for (const auto& f : sources.flags) loader.named(f.name, f.value, "flag " + f.spelled);
  return loader.finish();
}

const config::entry& config::at(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) misuse(name);
  return found->second;
}

const std::string& config::text(std::string_view name) const {
  const auto* value = std::get_if<std::string>(&at(name).value);
  if (value == nullptr) misuse(name);
  return *value;
}

std::filesystem::path config::path(std::string_view name) const {
  return text(name);
}

std::int64_t config::number(std::string_view name) const {
  const auto* value = std::get_if<std::int64_t>(&at(name).value);
  if (value == nullptr) misuse(name);
  return *value;
}

std::size_t config::size(std::string_view name) const {
  return static_cast<std::size_t>(number(name));
}

std::chrono::milliseconds config::duration(std::string_view name) const {
  return std::chrono::milliseconds{number(name)};
}

bool config::truth(std::string_view name) const {
  const auto* value = std::get_if<bool>(&at(name).value);
  if (value == nullptr) misuse(name);
  return *value;
}

}  // namespace roomlog
