// How the limit of open files is divided: what a server needs for itself comes first, so that
// stores, Kafka and the admin listener always find descriptors, and clients get the rest. Pure but
// for raise_open_files().
//
//   RLIMIT_NOFILE: │ process │ stores │ Kafka │ admin │ to be told │ clients │ unused │
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "app/config/config.h"
#include "log/base/result.h"

namespace roomlog {

struct descriptor_plan {
  std::uint64_t limit = 0;
  std::uint64_t needed = 0;  // descriptors_needed()
  std::size_t connections = 0;
  std::size_t connections_told = 0;
  std::size_t admin_connections = 0;
  std::size_t files_per_store = 0;  // that RocksDB may keep open, each instance

  // What does not fit and what is used instead; empty: everything fits.
  std::string shortage(std::size_t connections_wanted) const;
};

// For limits.connections and everything else.
std::uint64_t descriptors_needed(const config& from);

// errc::invalid where the limit is too low for a server at all.
result<descriptor_plan> plan_descriptors(std::uint64_t limit, const config& from);

// Raises this process's soft limit to the hard one; the limit from then on. Infinite is the largest
// number.
std::uint64_t raise_open_files();

}  // namespace roomlog
