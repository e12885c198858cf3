// The digest that tells whether two commands with one cid are the same: docs/command-digest.md.
// Thread-safe.
#pragma once

#include <string>

#include "schemas/records/event.h"
#include "schemas/text/json_scan.h"

namespace roomlog {

// The bytes that are hashed, in version 1 (digest_algorithm::sha256_128_v1).
std::string command_digest_bytes(const scanned_object& command);
command_digest digest_of(const scanned_object& command);

}  // namespace roomlog
