// What is in force, and where each value came from.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"

namespace roomlog {

struct effective_config {
  config values;
  // "roomlog.toml:7", "environment ROOMLOG_…", "flag --listen"; of what was given, by the settings'
  // names, properties of Kafka included.
  std::map<std::string, std::string, std::less<>> sources;
  // The variables of the environment that look like ours and were ignored, since Kubernetes adds
  // them to every pod beside a Service whose name begins with "roomlog".
  std::vector<std::string> ignored;

  std::string source_of(std::string_view name) const;  // "default" where nothing was given
};

}  // namespace roomlog
