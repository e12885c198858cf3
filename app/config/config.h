// The effective configuration: defaults < file < environment < flags.
//
//   defaults ──► roomlog.toml ──► ROOMLOG_LIMITS__USER_PER_SECOND=0 ──► --listen, --set name=value
//
// Every value knows where it came from, and every error says which setting, which value, where.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config/setting_value.h"
#include "log/base/result.h"

namespace roomlog {

// Where settings are looked for.
struct config_sources {
  std::filesystem::path file;                                    // TOML; empty: none
  std::vector<std::pair<std::string, std::string>> environment;  // name, value; all of it
  struct flag {
    std::string spelled;  // "--listen", as it was written
    std::string name;     // "server.listen"
    std::string value;
  };
  std::vector<flag> flags;
};

// The process's environment, as config_sources wants it.
std::vector<std::pair<std::string, std::string>> process_environment();

// "server.drain_notice" → "ROOMLOG_SERVER__DRAIN_NOTICE".
std::string environment_name(std::string_view setting_name);

// Immutable after load(); thread-safe.
class config {
 public:
  struct entry {
    setting_value value;
    std::string source;  // "default", "roomlog.toml:7", "environment ROOMLOG_…", "flag --listen"
  };

  // errc::invalid with one line for every problem found; errc::not_found where the file is missing.
  static result<config> load(const config_sources& sources);

  // The name must be in the table, with a kind that fits: anything else is a programmer's error and
  // ends the process.
  const std::string& text(std::string_view name) const;
  std::filesystem::path path(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  std::size_t size(std::string_view name) const;  // integer or bytes
  std::chrono::milliseconds duration(std::string_view name) const;
  bool truth(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  std::vector<std::uint32_t> ranges(std::string_view name) const;
  const entry& at(std::string_view name) const;
  // The variables of the environment that look like ours and were ignored, since Kubernetes adds
  // them to every pod beside a Service whose name begins with "roomlog".
  const std::vector<std::string>& ignored() const { return ignored_; }
  // What stands in [kafka.properties], by librdkafka's names, with where each came from.
  const std::map<std::string, entry, std::less<>>& properties() const { return properties_; }

 private:
  std::map<std::string, entry, std::less<>> entries_;
  std::map<std::string, entry, std::less<>> properties_;
  std::vector<std::string> ignored_;
  friend class config_loader;
};

}  // namespace roomlog
