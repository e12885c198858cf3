#include "app/serve/metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/serve/metrics_parts.h"

namespace roomlog {
namespace {

using metrics::number;

double lag(offset behind, offset ahead) {
  return ahead > behind ? number(ahead.value - behind.value) : 0;
}

// One family at a time, as the serializer wants its samples.
template <class Value>
void for_partitions(metrics_families& out, const metrics_snapshot& now, const char* name,
                    const char* help, Value value) {
  for (const fold_status& p : now.fold) {
    out.gauge(name, help, value(p), {{"partition", std::to_string(p.partition.value)}});
  }
}

template <class Value>
void for_views(metrics_families& out, const metrics_snapshot& now, const char* name,
               const char* help, Value value) {
  for (const fold_status& p : now.fold) {
    for (const view_status& view : p.views) {
      out.gauge(
          name, help, value(p, view),
          {{"view", std::string(view.name)}, {"partition", std::to_string(p.partition.value)}});
    }
  }
}

void add_fold(metrics_families& out, const metrics_snapshot& now) {
  for_partitions(out, now, "roomlog_log_end", "The next offset of the log.",
                 [](const fold_status& p) { return number(p.log_end.value); });
  for_partitions(out, now, "roomlog_fold_position", "The next offset to be decided.",
                 [](const fold_status& p) { return number(p.position.value); });
  for_partitions(out, now, "roomlog_fold_lag", "Records of the log that are not decided yet.",
                 [](const fold_status& p) { return lag(p.position, p.log_end); });
  for_partitions(out, now, "roomlog_fold_commit_lag", "Records decided but not committed yet.",
                 [](const fold_status& p) { return lag(p.committed, p.position); });
  for_partitions(out, now, "roomlog_fold_stopped", "1 where a partition stopped for good.",
                 [](const fold_status& p) { return p.stopped.empty() ? 0.0 : 1.0; });
  for_partitions(
      out, now, "roomlog_fold_store_waiting",
      "1 while the partition takes no commands, since its state cannot be read or written.",
      [](const fold_status& p) { return p.unsaved.empty() ? 0.0 : 1.0; });
  for_partitions(out, now, "roomlog_fold_questions",
                 "Reads and fences that wait for the fold to come to the log's end.",
                 [](const fold_status& p) { return number(p.questions); });
  for_views(
      out, now, "roomlog_view_position", "The next offset that the view has to see.",
      [](const fold_status&, const view_status& view) { return number(view.position.value); });
  for_views(
      out, now, "roomlog_view_lag", "Records that are decided and that the view has not seen.",
      [](const fold_status& p, const view_status& view) { return lag(view.position, p.position); });
  for_views(out, now, "roomlog_view_level",
            "1 where reads come from the view, 0 while it comes up.",
            [](const fold_status&, const view_status& view) { return view.level ? 1.0 : 0.0; });
  std::uint64_t given_up = 0;
  for (const fold_status& p : now.fold) given_up += p.given_up;
  out.counter("roomlog_fold_questions_given_up_total", "Of them, those given up after fold.wait.",
              number(given_up));
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;
  for (const fold_status& p : now.fold) {
    accepted += p.accepted;
    duplicates += p.duplicates;
    rejected += p.rejected;
    ignored += p.ignored;
  }
  const char* help = "Records decided since the start, by verdict.";
  out.counter("roomlog_fold_records_total", help, number(accepted), {{"verdict", "accepted"}});
  out.counter("roomlog_fold_records_total", help, number(duplicates), {{"verdict", "duplicate"}});
  out.counter("roomlog_fold_records_total", help, number(rejected), {{"verdict", "rejected"}});
  out.counter("roomlog_fold_records_total", help, number(ignored), {{"verdict", "ignored"}});
}

void add_process(metrics_families& out, const metrics_snapshot& now) {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm").ignore(64, ' ') >> pages;
  out.gauge("process_resident_memory_bytes", "Resident memory.",
            number(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  std::error_code ignored;
  std::uint64_t open = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ignored), end; it != end;
       it.increment(ignored)) {
    ++open;
  }
  out.gauge("process_open_fds", "Open file descriptors.", number(open));
  out.counter("roomlog_diagnostics_dropped_total", "Lines dropped because stderr was too slow.",
              number(now.diagnostics_dropped));
  out.gauge("roomlog_build_info", "1, with the version.", 1, {{"version", ROOMLOG_VERSION}});
}

}  // namespace

std::string metrics_text(const metrics_snapshot& now) {
  metrics_families out;
  out.gauge("roomlog_ready", "1 while /readyz answers 200.", now.ready);
  out.gauge("roomlog_draining", "1 from the signal to the end.", now.draining);
  const char* role = "1 for each role of this process.";
  out.gauge("roomlog_role", role, now.roles.ingress, {{"role", "ingress"}});
  out.gauge("roomlog_role", role, now.roles.pusher, {{"role", "pusher"}});
  out.gauge("roomlog_role", role, now.roles.projector, {{"role", "projector"}});
  out.gauge("roomlog_start_records_left", "Records to read before a start is through.",
            number(now.start_records_left));
  metrics::add_log(out, now);
  add_fold(out, now);
  metrics::add_ingress(out, now);
  metrics::add_clients(out, now);
  add_process(out, now);
  return out.text();
}

}  // namespace roomlog
