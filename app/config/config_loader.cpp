#include "app/config/config_loader.h"

#include <algorithm>
#include <set>

#include "app/config/config_environment.h"
#include "app/config/config_file.h"
#include "app/config/config_rules.h"
#include "app/config/kafka_properties.h"
#include "app/config/nearest_name.h"
#include "app/config/service_variable.h"
#include "app/config/setting_value.h"

namespace roomlog {
namespace {

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

bool is_section(std::string_view name) {
  return name == property_table().name ||
         std::ranges::find(all_sections(), name, &setting_section::name) != all_sections().end();
}

bool takes_lists(const setting& what) {
  return what.kind == setting_kind::list || what.kind == setting_kind::ranges ||
         what.kind == setting_kind::addresses;
}

// sasl.password and sasl.password_file are one property; of settings both may be given.
std::string without_file_suffix(std::string name) {
  constexpr std::string_view suffix = "_file";
  if (is_property(name) && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

// Applies one source after the other and collects what is wrong.
class config_loader {
 public:
  result<> file(const std::filesystem::path& path) {
    auto entries = read_config_file(path);
    if (!entries) return entries.error();
    for (const config_file_entry& e : *entries) {
      take(e, path.string() + ":" + std::to_string(e.line));
    }
    return {};
  }

  void environment(const std::string& name, const std::string& value) {
    if (!is_setting_variable(name)) return;
    const std::string wanted = setting_name(name);
    const bool in_section = is_section(wanted.substr(0, wanted.find('.')));
    if (!in_section && is_service_variable(name, value)) {
      out_.ignored.push_back(name);
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

  result<effective_config> finish() {
    if (problems_.empty()) {
      for (const config_problem& one : check_together(out_.values)) {
        problem(out_.source_of(one.name), one.text);
      }
    }
    if (!problems_.empty()) return error{errc::invalid, problems_};
    return std::move(out_);
  }

 private:
  // One entry of the file. Whatever is not taken is a problem: nothing that stands there may
  // silently be the default.
  void take(const config_file_entry& e, const std::string& source) {
    const setting* what = find_setting(e.name);
    const bool lists = what != nullptr && takes_lists(*what);
    const bool is_fit = e.shape == config_shape::value || (e.shape == config_shape::list && lists);
    const std::string is = ", and is " + std::string(to_string(e.shape));
    if (is_section(e.name)) {
      if (e.shape == config_shape::table) return;  // an empty section says nothing
      problem(source, e.name + " must be a table, as in [" + e.name + "]" + is);
    } else if (what == nullptr && !is_property(e.name)) {
      problem(source, unknown_setting(e.name));
    } else if (!is_fit) {
      problem(source, e.name +
                          (lists ? " must be a string or an array of strings and numbers"
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

  void put_property(const std::string& name, const std::string& value, const std::string& source) {
    auto read = read_property(name, value);
    if (!read) return problem(source, read.error().text);
    out_.values.kafka.properties.insert_or_assign(read->name, read->value);
    out_.sources.insert_or_assign(property_setting(read->name), source);
  }

  void put(const setting& what, std::string_view value, const std::string& source) {
    auto parsed = parse_setting(what, value);
    if (!parsed) {
      problem(source,
              std::string(what.name) + " = " + quoted(what, value) + ": " + parsed.error().text);
      return;
    }
    what.write(out_.values, *parsed);
    out_.sources.insert_or_assign(std::string(what.name), source);
  }

  void problem(const std::string& source, const std::string& text) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += source + ": " + text;
  }

  effective_config out_;
  std::set<std::string> in_file_;  // names that it gave
  std::string problems_;
};

}  // namespace

std::string effective_config::source_of(std::string_view name) const {
  const auto found = sources.find(name);
  return found == sources.end() ? "default" : found->second;
}

result<effective_config> load_config(const config_sources& sources) {
  config_loader loader;
  if (!sources.file.empty()) {
    if (auto read = loader.file(sources.file); !read) return read.error();
  }
  for (const auto& [name, value] : sources.environment) loader.environment(name, value);
  for (const auto& f : sources.flags) loader.named(f.name, f.value, "flag " + f.spelled);
  return loader.finish();
}

}  // namespace roomlog
