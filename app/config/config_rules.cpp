#include "app/config/config_rules.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "app/config/settings.h"

namespace roomlog {
namespace {

// Why the file cannot be read, or nothing; of no file nothing, too.
std::string trouble_with(const std::string& path) {
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(path, ignored);
  if (path.empty() || (!is_directory && ::access(path.c_str(), R_OK) == 0)) return {};
  return std::strerror(is_directory ? EISDIR : errno);
}

bool is_whole_seconds(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0;
}

}  // namespace

std::vector<config_problem> check_together(const config& values) {
  std::vector<config_problem> out;
  for (const setting& s : all_settings()) {
    if (s.kind != setting_kind::path || !s.name.ends_with("_file")) continue;
    const auto path = std::get<std::string>(s.read(values));
    const std::string why = trouble_with(path);
    if (why.empty()) continue;
    out.push_back({s.name, std::string(s.name) + " = \"" + path + "\": " + why});
  }
  if (values.server.drain_notice >= values.server.drain) {
    out.push_back({"server.drain_notice", "server.drain_notice must be below server.drain"});
  }
  if (!is_whole_seconds(values.auth.leeway)) {
    out.push_back({"auth.leeway", "auth.leeway must be whole seconds"});
  }
  if (!is_whole_seconds(values.auth.start_leeway)) {
    out.push_back({"auth.start_leeway", "auth.start_leeway must be whole seconds"});
  }
  return out;
}

}  // namespace roomlog
