#include "app/commands/doctor.h"

#include <algorithm>

#include "app/commands/serve_options.h"
#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

using grade = finding::grade;

const char* word(grade is) {
  switch (is) {
    case grade::good:
      return "ok";
    case grade::unknown:
      return "unknown";
    case grade::missing:
      return "MISSING";
    case grade::unsafe:
      return "UNSAFE";
    case grade::wrong:
      return "WRONG";
  }
  return "";
}

const char* json_word(grade is) {
  switch (is) {
    case grade::good:
      return "good";
    case grade::unknown:
      return "unknown";
    case grade::missing:
      return "missing";
    case grade::unsafe:
      return "unsafe";
    case grade::wrong:
      return "wrong";
  }
  return "";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

finding partitions_of_events(const std::string& topic, std::size_t found, std::uint32_t wanted) {
  const std::string is = std::to_string(found);
  return {grade::wrong,
          "topic " + topic,
          "log.partitions",
          is,
          std::to_string(wanted) + ", as log.partitions asks for",
          "set log.partitions = " + is + ", or 0 to take what is there"};
}

}  // namespace

result<diagnosis> examine_cluster(const config& from) {
  const auto to = kafka_connection_of(from);
  const auto& prefix = from.kafka.topic_prefix;
  const auto wait = from.kafka.open_wait;
  auto found = examine_kafka(to, prefix, wait);
  if (!found) return found.error();
  diagnosis out{std::move(*found), exit_code::done};
  if (const auto wanted = from.log.partitions; wanted > 0) {
    const auto topics = describe_kafka_topics(to, prefix, wait);
    if (!topics) return topics.error();
    const auto& events = topics->front();
    if (events.exists && events.partitions.size() != wanted) {
      out.findings.push_back(partitions_of_events(events.name, events.partitions.size(), wanted));
    }
  }
  out.ends = judge(out.findings, from.kafka.allow_unsafe_topic);
  return out;
}

exit_code judge(const std::vector<finding>& findings, bool allow_unsafe) {
  const bool bad = std::ranges::any_of(findings, [=](const finding& one) {
    return one.is == grade::wrong || (one.is == grade::unsafe && !allow_unsafe);
  });
  if (bad) return exit_code::configuration;
  const bool missing =
      std::ranges::any_of(findings, [](const finding& one) { return one.is == grade::missing; });
  return missing ? exit_code::unavailable : exit_code::done;
}

std::string as_text(const std::vector<finding>& findings) {
  std::size_t places = 0;
  for (const finding& one : findings) places = std::max(places, one.place.size());
  constexpr std::size_t words = 9;
  std::string out;
  for (const finding& one : findings) {
    out += padded(word(one.is), words) + padded(one.place, places + 2) + one.setting + " = " +
           one.found;
    if (one.is != grade::good) out += ", needed: " + one.needed;
    out += '\n';
    if (!one.mend.empty()) out += std::string(words, ' ') + one.mend + '\n';
  }
  return out;
}

std::string as_json(const std::vector<finding>& findings) {
  std::string out = "[";
  for (const finding& one : findings) {
    if (out.size() > 1) out += ',';
    json_object object(out);
    object.field("grade", json_word(one.is))
        .field("place", one.place)
        .field("setting", one.setting);
    object.field("found", one.found).field("needed", one.needed).field("mend", one.mend);
    object.close();
  }
  return out + "]";
}

}  // namespace roomlog
