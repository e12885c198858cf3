#include "app/readiness.h"

#include <algorithm>

#include "schemas/json_writer.h"

namespace roomlog {

bool all_ready(const std::vector<component_state>& components) {
  return std::ranges::all_of(components, &std::string::empty, &component_state::trouble);
}

std::string readiness_json(const std::vector<component_state>& components) {
  std::string out;
  json_object object(out);
  object.field("ready", all_ready(components));
  std::string& list = object.value_of("components");
  list += '[';
  for (const component_state& component : components) {
    if (list.back() != '[') list += ',';
    json_object one(list);
    one.field("name", component.name);
    one.field("ready", component.trouble.empty());
    if (!component.trouble.empty()) one.field("why", component.trouble);
    one.close();
  }
  list += ']';
  object.close();
  return out + '\n';
}

}  // namespace roomlog
