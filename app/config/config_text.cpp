#include "app/config/config_text.h"

#include <algorithm>

#include "app/config/kafka_properties.h"
#include "app/config/setting_value.h"
#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

std::string shown(const setting& what, const config& values) {
  std::string text = text_of(what, values);
  return what.kind == setting_kind::secret && !text.empty() ? "(hidden)" : text;
}

std::string line_of(std::string assignment, const std::string& source) {
  constexpr std::size_t width = 48;
  assignment.resize(std::max(assignment.size(), width), ' ');
  return assignment + "  # " + source + '\n';
}

void append_object(std::string& out, std::string_view name, std::string_view value,
                   std::string_view source, std::string_view standard) {
  if (out.size() > 1) out += ',';
  json_object object(out);
  object.field("name", name);
  object.field("value", value);
  object.field("source", source);
  object.field("default", standard);
  object.close();
}

}  // namespace

std::string config_as_text(const effective_config& effective) {
  std::string out;
  for (const setting& s : all_settings()) {
    out += line_of(std::string(s.name) + " = " + toml_value(s, shown(s, effective.values)),
                   effective.source_of(s.name));
  }
  for (const auto& [property, value] : effective.values.kafka.properties) {
    const std::string name = property_setting(property);
    std::string line = name + " = ";
    append_json_string(line, shown_property(property, value));
    out += line_of(std::move(line), effective.source_of(name));
  }
  return out;
}

std::string config_as_json(const effective_config& effective) {
  std::string out = "[";
  for (const setting& s : all_settings()) {
    append_object(out, s.name, shown(s, effective.values), effective.source_of(s.name),
                  default_text(s));
  }
  for (const auto& [property, value] : effective.values.kafka.properties) {
    const std::string name = property_setting(property);
    append_object(out, name, shown_property(property, value), effective.source_of(name), "");
  }
  return out + "]\n";
}

std::string toml_value(const setting& what, std::string_view text) {
  if (what.kind == setting_kind::integer || what.kind == setting_kind::boolean) {
    return std::string(text);
  }
  std::string out;
  if (what.kind == setting_kind::list) {
    for (const std::string& item : list_items(text)) {
      out += out.empty() ? "[" : ", ";
      append_json_string(out, item);
    }
    return out.empty() ? "[]" : out + "]";
  }
  append_json_string(out, text);  // TOML's basic strings have the same escapes
  return out;
}

}  // namespace roomlog
