#include "app/readiness.h"

#include <algorithm>

#include "schemas/json_writer.h"

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
    if (!component.lags.empty()) put_lags(one.value_of("lag"), component.lags);
    one.close();
  }
  list += ']';
  object.close();
  return out + '\n';
}

}  // namespace roomlog
