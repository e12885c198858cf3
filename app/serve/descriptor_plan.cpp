#include "app/serve/descriptor_plan.h"

#include <sys/resource.h>

#include <algorithm>

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

// Standard streams, two listeners, the data directory's lock and files that are read for a moment.
constexpr std::uint64_t process_files = 16;
// epoll, eventfd and timerfd.
constexpr std::uint64_t files_per_loop = 3;
// What RocksDB keeps open besides tables: write-ahead logs, manifest, lock, directories; and the
// inputs and outputs of a compaction.
constexpr std::uint64_t store_slack_max = 64, store_slack_min = 4;
constexpr std::uint64_t store_files_max = 512, store_files_min = 20;  // RocksDB takes no less
constexpr std::uint64_t kafka_max = 256, kafka_min = 64;
constexpr std::uint64_t admin_max = 64, admin_min = 4;
constexpr std::uint64_t told_max = 256, told_min = 4;

struct needs {
  std::uint64_t fixed = 0, stores = 0, kafka = 0;

  explicit needs(const config& from) {
    const log_engine engine = from.log.engine;
    fixed = process_files + files_per_loop * (from.server.threads + 1);
    stores = engine == log_engine::embedded ? 2 : engine == log_engine::kafka ? 1 : 0;
    kafka = engine == log_engine::kafka ? 1 : 0;
  }
  std::uint64_t most() const {
    return fixed + stores * (store_files_max + store_slack_max) + kafka * kafka_max + admin_max +
           told_max;
  }
};

// `part` of `whole`, of a size that is `most` where there is room.
std::uint64_t scaled(std::uint64_t least, std::uint64_t most, std::uint64_t part,
                     std::uint64_t whole) {
  return std::clamp(most * part / whole, least, most);
}

}  // namespace

std::string descriptor_plan::shortage(std::size_t connections_wanted) const {
  if (connections >= connections_wanted) return {};
  return "limits.connections = " + std::to_string(connections_wanted) +
         " does not fit the limit of open files (RLIMIT_NOFILE), which is " +
         std::to_string(limit) + ": at most " + std::to_string(connections) +
         " connections are taken. " + std::to_string(needed) +
         " open files are needed (systemd: LimitNOFILE; a shell: ulimit -n)";
}

std::uint64_t descriptors_needed(const config& from) {
  return from.limits.connections + needs(from).most();
}

result<descriptor_plan> plan_descriptors(std::uint64_t limit, const config& from) {
  const needs all(from);
  const std::uint64_t wanted = from.limits.connections;
  descriptor_plan out;
  out.limit = limit;
  out.needed = descriptors_needed(from);
  // The reserve is whole where at most half of the limit goes into it. Below, its parts shrink.
  const std::uint64_t half = limit / 2;
  const std::uint64_t part = all.most() <= half ? all.most()
                             : half > all.fixed ? half - all.fixed
                                                : 0;
  const auto size_of = [&](std::uint64_t least, std::uint64_t most) {
    return scaled(least, most, part, all.most());
  };
  const auto store_files = size_of(store_files_min, store_files_max);
  const auto told = size_of(told_min, told_max);
  const auto admin = size_of(admin_min, admin_max);
  const std::uint64_t reserve =
      all.fixed + all.stores * (store_files + size_of(store_slack_min, store_slack_max)) +
      all.kafka * size_of(kafka_min, kafka_max) + told + admin;
  if (limit <= reserve) {
    return error{errc::invalid,
                 "The limit of open files (RLIMIT_NOFILE) is " + std::to_string(limit) +
                     "; a server with these settings needs " + std::to_string(reserve + 1) +
                     " at least, and " + std::to_string(out.needed) +
                     " for limits.connections = " + std::to_string(wanted)};
  }
  out.connections = static_cast<std::size_t>(std::min(wanted, limit - reserve));
  out.connections_told = static_cast<std::size_t>(told);
  out.admin_connections = static_cast<std::size_t>(admin);
  out.files_per_store = static_cast<std::size_t>(store_files);
  return out;
}

std::uint64_t raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  const auto soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_cur;
  diagnostics::warn("server", "the soft limit of open files, " + std::to_string(soft) +
                                  ", could not be raised to the hard limit, " +
                                  std::to_string(limit.rlim_max));
  return soft;
}

}  // namespace roomlog
