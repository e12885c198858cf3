// The server's figures in Prometheus' text form. What is measured where it happens is kept by the
// parts; this file only names it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/serve/server_rules.h"
#include "app/serve/token_gate.h"
#include "ingress/ingress_stats.h"
#include "log/log.h"
#include "log/log_stats.h"
#include "projections/worker/fold_service.h"
#include "pushers/client_server_stats.h"

namespace roomlog {

// All figures as of one moment.
struct metrics_snapshot {
  bool ready = false, draining = false;
  server_roles roles;
  std::uint64_t start_records_left = 0;
  bool log_failed = false;
  append_load log_load;
  log_stats log;
  std::vector<fold_status> fold;
  ingress_stats ingress;
  std::size_t in_flight_max = 0, in_flight_bytes_max = 0;
  client_server_stats clients;
  std::size_t connections_max = 0, http_in_flight_max = 0;
  token_gate_stats tokens;
  std::uint64_t reloads_done = 0, reloads_refused = 0;
  duration_histogram ack;
  std::size_t diagnostics_dropped = 0;
};

std::string metrics_text(const metrics_snapshot& now);

}  // namespace roomlog
