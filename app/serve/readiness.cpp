#include "app/serve/readiness.h"

#include <algorithm>

#include "schemas/text/json_writer.h"

namespace roomlog {

bool all_ready(const std::vector<component_state>& components) {
  return std::ranges::all_of(components, &std::string::empty, &component_state::trouble);
}

namespace {

void put_lags(std::string& out, const std::vector<component_state::lag>& lags) {
  out += '[';
  for (const auto& lag : lags) {
    if (out.back() != '[') out += ',';
    json_object one(out);
    one.field("partition", std::uint64_t{lag.partition}).field("records", lag.records);
    one.close();
  }
  out += ']';
}

void put_reach(json_object& out, const component_state::reach& log) {
  const bool answers = log.silent_for == std::chrono::milliseconds{0};
  out.field("reachable", answers);
  if (!answers) out.field("silent_ms", static_cast<std::uint64_t>(log.silent_for.count()));
  if (log.leaderless.empty()) return;
  std::string& partitions = out.value_of("leaderless");
  partitions += '[';
  for (const partition_id one : log.leaderless) {
    if (partitions.back() != '[') partitions += ',';
    partitions += std::to_string(one.value);
  }
  partitions += ']';
}

}  // namespace

std::string readiness_json(const std::vector<component_state>& components,
                           const std::vector<std::string>& roles) {
  std::string out;
  json_object object(out);
  object.field("ready", all_ready(components));
  std::string& named = object.value_of("roles");
  named += '[';
  for (const std::string& role : roles) {
    if (named.back() != '[') named += ',';
    append_json_string(named, role);
  }
  named += ']';
  std::string& list = object.value_of("components");
  list += '[';
  for (const component_state& component : components) {
    if (list.back() != '[') list += ',';
    json_object one(list);
    one.field("name", component.name);
    one.field("ready", component.trouble.empty());
    if (!component.trouble.empty()) one.field("why", component.trouble);
    if (!component.note.empty()) one.field("note", component.note);
    if (component.of_log) put_reach(one, *component.of_log);
    if (!component.lags.empty()) put_lags(one.value_of("lag"), component.lags);
    one.close();
  }
  list += ']';
  object.close();
  return out + '\n';
}

}  // namespace roomlog
