// What the server says of itself: readiness, metrics, version. Called from the admin listener's
// thread, and from the owner's.
#include "app/commands/version_command.h"
#include "app/serve/server.h"
#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

using state = component_state;

constexpr const char* json = "application/json";

// All partitions that have stopped, as each says where.
std::string stopped_partitions(const std::vector<fold_status>& partitions) {
  std::string out;
  for (const fold_status& p : partitions) {
    if (p.stopped.empty()) continue;
    const std::string place = "partition " + std::to_string(p.partition.value);
    out += out.empty() ? "" : "; ";
    out += p.stopped.starts_with(place) ? p.stopped : place + ": " + p.stopped;
  }
  return out;
}

// Damage first, then what may pass, then how far there is to read. Once a start is through, a
// partition that waits for brokers is a note: the others are served, and no other server is better.
state fold_state(const std::vector<fold_status>& partitions, const start_progress& progress) {
  state out{"fold", {}, state::lasts::no, {}};
  for (const fold_status& p : partitions) {
    const auto lag = p.log_end > p.position ? p.log_end.value - p.position.value : 0;
    out.lags.push_back({p.partition.value, lag});
  }
  if (out.trouble = stopped_partitions(partitions); !out.trouble.empty()) {
    out.lasting = state::lasts::yes;
    return out;
  }
  // Whether it passes is up to this machine: another server is better off meanwhile.
  for (const fold_status& p : partitions) {
    if (!p.unsaved.empty()) out.trouble = p.unsaved;
  }
  if (!out.trouble.empty()) return out;
  const bool through = progress.over();
  for (const fold_status& p : partitions) {
    if (!p.waiting.empty()) (through ? out.note : out.trouble) = p.waiting;
  }
  if (out.trouble.empty()) out.trouble = progress.in_words();
  return out;
}

std::string list_of(const std::vector<partition_id>& partitions) {
  std::string out;
  for (const partition_id one : partitions) {
    out += (out.empty() ? "" : ", ") + std::to_string(one.value);
  }
  return out;
}

// A cluster that is gone for everybody looks from here like one that only this process does not
// reach, so a moment of silence is a note, and lasting silence a reason to be left. Texts without
// figures: they are told once.
state log_state(const log& events, std::chrono::milliseconds not_ready_after) {
  state out{"log", events.failure(), state::lasts::yes, {}};
  const auto* source = dynamic_cast<const log_stats_source*>(&events);
  if (events.sole_writer() || source == nullptr) return out;
  const log_stats now = source->stats();
  out.of_log = state::reach{now.silent_for, now.leaderless};
  const bool silent = now.silent_for.count() != 0;
  const bool too_long = not_ready_after.count() != 0 && now.silent_for >= not_ready_after;
  if (out.trouble.empty() && too_long) {
    out.trouble = "no broker has answered for kafka.not_ready_after = " +
                  std::to_string(not_ready_after.count()) + " ms";
    out.lasting = state::lasts::no;
  } else if (silent) {
    out.note = "no broker answers";
  } else if (!now.leaderless.empty()) {
    out.note = "no leader: partitions " + list_of(now.leaderless);
  }
  return out;
}

}  // namespace

std::vector<component_state> server::components() const {
  std::vector<component_state> out;
  out.push_back(log_state(*events_, config_.kafka.not_ready_after));
  out.push_back(fold_state(fold_->status(), *progress_));
  if (commands_) {
    const std::string why = commands_->failure();
    if (!why.empty()) {
      out.push_back({"ingress", why, state::lasts::yes, {}});
    } else {
      auto waiting = commands_->not_ready();
      // What has stopped wants no fence; the fold says why.
      std::erase_if(waiting, [this](partition_id p) { return !fold_->reader().can_decide(p); });
      component_state ingress{"ingress", {}, component_state::lasts::no, {}};
      std::string& said = commands_->settled() ? ingress.note : ingress.trouble;
      if (!waiting.empty()) said = "is fencing partitions " + list_of(waiting);
      out.push_back(std::move(ingress));
    }
  }
  out.push_back({"server",
                 draining_     ? "is draining"
                 : !listening_ ? "does not take connections yet"
                               : "",
                 state::lasts::no,
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
  out.log_queued_bytes = events_->queued_bytes();
  out.log_queue_bytes_max = events_->queue_bytes_max();
  if (const auto* source = dynamic_cast<const log_stats_source*>(events_.get())) {
    out.log = source->stats();
  }
  out.fold = fold_->status();
  out.roles = roles_;
  out.start_records_left = progress_->records_left();
  if (commands_) out.ingress = commands_->stats();
  out.in_flight_max = config_.limits.in_flight;
  out.in_flight_bytes_max = config_.limits.in_flight_bytes;
  if (listening_) out.clients = sessions_->stats();
  out.connections_max = descriptors_.connections;
  out.http_in_flight_max = config_.limits.http_in_flight;
  out.tokens = tokens_->stats();
  out.reloads_done = reloads_done_;
  out.reloads_refused = reloads_refused_;
  out.ack = ack_latency_.read();
  out.diagnostics_dropped = diagnostics::dropped();
  return out;
}

std::vector<admin_page> server::admin_pages() const {
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
