// The golden corpus: records of every schema version of this log format, each beside the JSON that it
// must decode to for ever. What this build encodes must be in the corpus. Of older log formats it
// has the descriptor alone: a log that is refused has to be recognized.
//
// After a sample was added, ROOMLOG_WRITE_GOLDEN=1 writes the files that are missing; it never
// overwrites one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "schemas/records/codec.h"
#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/golden_dir.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;

// Logs of format version 1 are refused, and with them the records of schema version 1.
constexpr std::uint16_t schema_version_first = 2;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

void write_missing(const fs::path& path, const std::string& bytes) {
  if (fs::exists(path)) return;
  std::ofstream(path, std::ios::binary) << bytes;
}

// The JSON of the bytes, by what the file's name begins with; starts with "malformed" on an error.
std::string json_of(const std::string& name, byte_view bytes) {
  const auto begins = [&](std::string_view prefix) { return name.rfind(prefix, 0) == 0; };
  const auto text = [](const auto& decoded) {
    return decoded ? to_json(*decoded) : "malformed: " + decoded.error().text;
  };
  if (begins("event.")) return text(decode(bytes));
  if (begins("signal.")) return text(decode_signal(bytes));
  // Contents are shown as the event that holds them shows them.
  event holder;
  holder.schema_version = schema_version_first;  // not this build's: the JSON is there for ever
  holder.content = bytes;
  if (begins("message_content.")) holder.facts = message_posted{};
  if (begins("room_content.")) holder.facts = room_created{};
  return to_json(holder);
}

// File name without ending → bytes, as this build encodes the samples.
std::map<std::string, std::string> present_corpus() {
  std::map<std::string, std::string> all;
  const auto add = [&](const std::string& prefix, const auto& samples) {
    for (const auto& [name, value] : samples) all[prefix + name] = encode(value);
  };
  add("event.", sample_events());
  add("signal.", sample_signals());
  add("message_content.", sample_message_contents());
  add("room_content.", sample_room_contents());
  return all;
}

fs::path present_dir() {
  return golden_dir() / ("v" + std::to_string(schema_version_current));
}

TEST(golden, corpus_of_the_present_version_is_complete) {
  const bool write = std::getenv("ROOMLOG_WRITE_GOLDEN") != nullptr;
  if (write) fs::create_directories(present_dir());
  for (const auto& [name, bytes] : present_corpus()) {
    const auto bin = present_dir() / (name + ".bin");
    const auto json = present_dir() / (name + ".json");
    if (write) {
      write_missing(bin, bytes);
      write_missing(json, json_of(name, aligned_bytes(bytes).view()) + "\n");
    }
    EXPECT_TRUE(fs::exists(bin) && fs::exists(json))
        << name << " is missing; ROOMLOG_WRITE_GOLDEN=1 writes it";
  }
}

// S1.40: records of every version
TEST(golden, every_record_decodes_to_its_json) {
  std::size_t records = 0;
  for (const auto& entry : fs::recursive_directory_iterator(golden_dir())) {
    if (entry.path().extension() != ".bin") continue;
    const auto expected = read_file(fs::path(entry.path()).replace_extension(".json"));
    const aligned_bytes bytes(read_file(entry.path()));
    EXPECT_EQ(json_of(entry.path().stem().string(), bytes.view()) + "\n", expected) << entry.path();
    ++records;
  }
  EXPECT_GE(records, present_corpus().size());
}

TEST(golden, records_of_the_present_version_are_encoded_as_before) {
  for (const auto& [name, bytes] : present_corpus()) {
    EXPECT_EQ(bytes, read_file(present_dir() / (name + ".bin"))) << name;
  }
}

TEST(golden, every_body_is_in_the_corpus) {
  std::set<std::size_t> bodies;
  for (const auto& [name, value] : sample_events()) bodies.insert(value.facts.index());
  EXPECT_EQ(bodies.size(), std::variant_size_v<event_facts>);
}

TEST(golden, every_version_keeps_its_schemas) {
  for (int version = schema_version_first; version <= schema_version_current; ++version) {
    for (const auto* schema : {"event.fbs", "signal.fbs"}) {
      EXPECT_TRUE(fs::exists(golden_dir() / ("v" + std::to_string(version)) / schema)) << schema;
    }
  }
}

}  // namespace
}  // namespace roomlog::testing
