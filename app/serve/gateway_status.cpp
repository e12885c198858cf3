// What a gateway says of its log, its fold and its ingress. From any thread.
#include <map>
#include <string_view>

#include "app/serve/gateway.h"
#include "log/log_stats.h"

namespace roomlog {
namespace {

using state = component_state;

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

// Which views are not level, and how far they are behind in all partitions: a note, since reads
// come from the log meanwhile.
std::string views_behind(const std::vector<fold_status>& partitions) {
  std::map<std::string_view, std::uint64_t> behind;
  std::string stopped;
  for (const fold_status& p : partitions) {
    if (!p.views_stopped.empty()) stopped = p.views_stopped;
    for (const view_status& view : p.views) {
      const auto lag = p.position > view.position ? p.position.value - view.position.value : 0;
      if (!view.level) behind[view.name] += lag;
    }
  }
  if (!stopped.empty()) return stopped;
  std::string out;
  for (const auto& [view, records] : behind) {
    out += (out.empty() ? "the view " : ", the view ") + std::string(view) + " is " +
           std::to_string(records) + " records behind";
  }
  return out;
}

// Damage first, then what may pass, then how far there is to read. Once a start is through, a
// partition that waits for brokers is a note: the others are served, and no other server is better.
state state_of_fold(const std::vector<fold_status>& partitions, const start_progress& progress) {
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
  if (out.trouble.empty() && out.note.empty()) out.note = views_behind(partitions);
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
  if (events.sole_writer()) return out;
  const log_stats now = events.stats();
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

state ingress_state(const ingress& commands, const fold_lookup& fold) {
  state out{"ingress", commands.failure(), state::lasts::yes, {}};
  if (!out.trouble.empty()) return out;
  out.lasting = state::lasts::no;
  auto waiting = commands.not_ready();
  // What has stopped wants no fence; the fold says why.
  std::erase_if(waiting, [&fold](partition_id p) { return !fold.can_decide(p); });
  std::string& said = commands.settled() ? out.note : out.trouble;
  if (!waiting.empty()) said = "is fencing partitions " + list_of(waiting);
  return out;
}

}  // namespace

std::vector<component_state> gateway::components() const {
  std::vector<component_state> out;
  out.push_back(log_state(events_, log_silence_max_));
  out.push_back(state_of_fold(fold_.status(), *progress_));
  if (commands_) out.push_back(ingress_state(*commands_, fold_.lookup()));
  return out;
}

}  // namespace roomlog
