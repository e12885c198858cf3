#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/commands/doctor.h"
#include "app/serve/descriptor_plan.h"
#include "app/serve/server_rules.h"
#include "log/base/clock.h"
#include "log/embedded/embedded_log.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

using grade = finding::grade;
namespace fs = std::filesystem;

// A log that cannot be written takes no more appends; this is time to do something about it.
constexpr std::uint64_t free_bytes_needed = std::uint64_t{1} << 30;

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

finding examine_settings(const effective_config& from) {
  const auto fits = check_for_server(from);
  if (fits) return {grade::good, "settings", "together", "they fit", "", ""};
  return {
      grade::wrong, "settings", "all of them", fits.error().text, "settings that fit together", ""};
}

// The directory itself, or where it would be made.
fs::path nearest_existing(fs::path path) {
  std::error_code failed;
  path = fs::absolute(path, failed);
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  return path;
}

finding examine_directory(const fs::path& data) {
  finding out{grade::good, "data.dir " + data.string(), "access", "can be written", "", ""};
  out.needed = "a directory that this user can write";
  const fs::path there = nearest_existing(data);
  const bool made = there == fs::absolute(data);
  if (::access(there.c_str(), W_OK | X_OK) != 0 || !fs::is_directory(there)) {
    out.is = grade::wrong;
    out.found = there.string() + ": " +
                (fs::is_directory(there) ? std::strerror(errno) : "is not a directory");
  } else if (!made) {
    out.found = "is made by the first start";
  }
  return out;
}

// A user who can read the log reads every conversation; one who can read the key makes tokens.
void examine_modes(const fs::path& data, std::vector<finding>& out) {
  for (const fs::path& path : {data, data / "token.key"}) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;
    if ((status.st_mode & 077) == 0) continue;
    char mode[8];
    std::snprintf(mode, sizeof mode, "%03o", static_cast<unsigned>(status.st_mode & 0777));
    out.push_back({grade::unsafe, path.string(), "mode", mode, "no access for other users",
                   "chmod go= " + path.string()});
  }
}

finding examine_space(const fs::path& data) {
  finding out{grade::good,
              "data.dir " + data.string(),
              "free space",
              "",
              mebibytes(free_bytes_needed) + " or more",
              ""};
  struct statvfs system {};
  if (::statvfs(nearest_existing(data).c_str(), &system) != 0) {
    out.is = grade::unknown;
    out.found = std::strerror(errno);
    return out;
  }
  const std::uint64_t free = std::uint64_t{system.f_bavail} * system.f_frsize;
  out.found = mebibytes(free);
  if (free < free_bytes_needed) out.is = grade::unsafe;
  return out;
}

finding examine_descriptors(const config& from) {
  const auto wanted = std::to_string(from.limits.connections);
  finding out{grade::good, "process", "open files (hard limit)", "", "", ""};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    out.is = grade::unknown;
    out.found = std::strerror(errno);
    return out;
  }
  out.found = limit.rlim_max == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_max);
  const auto plan = plan_descriptors(limit.rlim_max, from);
  const auto needed = std::to_string(descriptors_needed(from));
  out.needed = needed + " or more, for limits.connections = " + wanted;
  if (plan && plan->shortage(from.limits.connections).empty()) return out;
  // A server starts with fewer connections, or not at all.
  out.is = plan ? grade::unsafe : grade::wrong;
  if (plan) out.found += ", which allows " + std::to_string(plan->connections) + " connections";
  out.mend = "ulimit -n " + needed + "   # systemd: LimitNOFILE=" + needed;
  return out;
}

// The log as it lies there. `ends` becomes damage where it is damaged.
finding examine_log(const config& from, exit_code& ends) {
  const auto directory = from.data.dir / "log";
  finding out{grade::good, "log " + directory.string(), "content",
              "",          "a log that can be opened",  ""};
  const system_clock_source clock;
  const auto opened = open_embedded_log_for_reading(directory, descriptor_codec(), clock);
  if (!opened && opened.error().code == errc::not_found) {
    out.found = "none yet";
    return out;
  }
  if (!opened) {
    out.is = grade::wrong;
    out.found = opened.error().text;
    if (exit_code_of(opened.error().code) == exit_code::damage) ends = exit_code::damage;
    return out;
  }
  const auto partitions = (*opened)->partitions();
  out.found = std::to_string(partitions) + " partitions, epoch " + (*opened)->identity().epoch;
  const auto wanted = from.log.partitions;
  if (wanted > 0 && wanted != partitions) {
    out.is = grade::wrong;
    out.needed = std::to_string(wanted) + " partitions, as log.partitions asks for";
    out.mend =
        "set log.partitions = " + std::to_string(partitions) + ", or 0 to take what is there";
  }
  return out;
}

}  // namespace

diagnosis examine_machine(const effective_config& from) {
  const config& values = from.values;
  const fs::path& data = values.data.dir;
  diagnosis out;
  out.findings = {examine_settings(from), examine_directory(data)};
  examine_modes(data, out.findings);
  out.findings.push_back(examine_space(data));
  out.findings.push_back(examine_descriptors(values));
  exit_code of_log = exit_code::done;
  if (values.log.engine == log_engine::embedded) {
    out.findings.push_back(examine_log(values, of_log));
  }
  out.ends = of_log != exit_code::done ? of_log : judge(out.findings, false);
  return out;
}

}  // namespace roomlog
