// What the server says of itself: readiness, metrics, version. Called from the admin listener's
// thread, and from the owner's.
#include "app/commands/version_command.h"
#include "app/serve/server.h"
#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

constexpr const char* json = "application/json";

}  // namespace

std::vector<component_state> server::components() const {
  auto out = gateway_->components();
  out.push_back({"server",
                 draining_     ? "is draining"
                 : !listening_ ? "does not take connections yet"
                               : "",
                 component_state::lasts::no,
                 {}});
  return out;
}

std::string server::state() const {
  std::string notes;
  for (const component_state& one : components()) {
    if (!one.trouble.empty()) return "is not ready: " + one.name + ": " + one.trouble;
    if (!one.note.empty()) notes += "; " + one.name + ": " + one.note;
  }
  return "is ready" + notes;
}

metrics_snapshot server::snapshot() const {
  metrics_snapshot out;
  out.ready = all_ready(components());
  out.draining = draining_;
  out.log_failed = log_failed();
  out.log_load = events_->load(partition_id{0});
  out.log = events_->stats();
  out.fold = fold_->status();
  out.roles = roles_;
  out.start_records_left = gateway_->start_records_left();
  if (const auto* commands = gateway_->commands()) out.ingress = commands->stats();
  out.in_flight_max = config_.limits.in_flight;
  out.in_flight_bytes_max = config_.limits.in_flight_bytes;
  if (listening_) out.clients = clients_->stats();
  out.connections_max = descriptors_.connections;
  out.http_in_flight_max = config_.limits.http_in_flight;
  out.tokens = tokens_->stats();
  out.reloads_done = reloads_done_;
  out.reloads_refused = reloads_refused_;
  out.ack = gateway_->ack_times();
  out.diagnostics_dropped = diagnostics::dropped();
  return out;
}

std::vector<admin_path> server::admin_paths() const {
  const auto readyz = [this]() -> http_response {
    const auto now = components();
    return {all_ready(now) ? 200u : 503u, json, {}, readiness_json(now, config_.server.roles)};
  };
  const auto metrics = [this]() -> http_response {
    return {200, "text/plain; version=0.0.4; charset=utf-8", {}, metrics_text(snapshot())};
  };
  return {
      {"/livez",
       [] {
         return http_response{200, json, {}, "{\"live\":true}\n"};
       }},
      {"/readyz", readyz},
      {"/metrics", metrics},
      {"/version",
       [] {
         return http_response{200, json, {}, version_json() + "\n"};
       }},
  };
}

}  // namespace roomlog
