// The sections data, server and diagnostics of the configuration; rows in settings_server.cpp and
// settings_content.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/config/endpoint.h"
#include "app/config/written_values.h"
#include "log/base/diagnostics.h"

namespace roomlog {

struct data_section {
  std::filesystem::path dir = "data";
};

struct server_section {
  std::vector<std::string> roles{"ingress", "pusher", "projector"};
  std::string gateway_id;
  std::uint32_t ready_lag = 1'000;
  endpoint listen{"127.0.0.1", 8080};
  endpoint admin_listen{"127.0.0.1", 8081};
  std::vector<network> trusted_proxies;
  std::uint32_t threads = 1;
  std::uint32_t reader_threads = 2;
  std::chrono::milliseconds ping_ms{2'000};
  std::chrono::milliseconds slow_ping{60'000};
  std::chrono::milliseconds no_progress{30'000};
  std::chrono::milliseconds auth_timeout{5'000};
  std::chrono::milliseconds http_timeout{10'000};
  std::chrono::milliseconds close_wait{2'000};
  std::chrono::milliseconds drain_notice{1'500};
  std::chrono::milliseconds drain{10'000};
};

struct diagnostics_section {
  diagnostics::level level = diagnostics::level::info;
  diagnostics::format format = diagnostics::format::text;
};

}  // namespace roomlog
