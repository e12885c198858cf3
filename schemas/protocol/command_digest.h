// The digest that tells whether two commands with one cid are the same: docs/command-digest.md.
// Thread-safe.
#pragma once

#include <string>

#include "schemas/records/event.h"
#include "schemas/text/json_scan.h"

namespace roomlog {

// What digest_of() computes.
constexpr digest_algorithm command_digest_algorithm = digest_algorithm::sha256_128_v1;

// The bytes that are hashed.
std::string command_digest_bytes(const scanned_object& command);
command_digest digest_of(const scanned_object& command);

}  // namespace roomlog
