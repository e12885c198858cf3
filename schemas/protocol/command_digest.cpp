#include "schemas/protocol/command_digest.h"

#include <algorithm>
#include <cstring>

#include "log/base/sha256.h"

namespace roomlog {
namespace {

constexpr std::string_view version_line = "roomlog.command.1\n";

void write_digest_bytes(const scanned_object& command, std::string& out) {
  thread_local std::vector<const json_field*> in_order;
  in_order.clear();
  for (const json_field& field : command.fields) {
    if (command.name_of(field) != "id") in_order.push_back(&field);
  }
  std::sort(in_order.begin(), in_order.end(), [&](const json_field* a, const json_field* b) {
    return command.name_of(*a) < command.name_of(*b);
  });
  out = version_line;
  char before = '{';
  for (const json_field* field : in_order) {
    out += before;
    out += '"';
    out += command.name_of(*field);
    out += "\":";
    out += command.compact_of(*field);
    before = ',';
  }
  if (in_order.empty()) out += '{';
  out += '}';
}

}  // namespace

std::string command_digest_bytes(const scanned_object& command) {
  std::string out;
  write_digest_bytes(command, out);
  return out;
}

command_digest digest_of(const scanned_object& command) {
  thread_local std::string bytes;
  write_digest_bytes(command, bytes);
  const auto whole = sha256(bytes);
  command_digest digest;
  std::memcpy(digest.data(), whole.data(), digest.size());
  return digest;
}

}  // namespace roomlog
