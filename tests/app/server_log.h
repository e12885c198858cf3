// The log under the servers of these tests. They are the same for every engine; which one it is
// follows from what a test program is linked with: tests/app/embedded_server_log.cpp, or
// tests/kafka/kafka_server_log.cpp.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace roomlog::testing {

// What `serve` is told besides `more`, so that the server of this data directory is on a log of its
// own, the same one from start to start.
std::vector<std::string> server_log_arguments(const std::filesystem::path& data,
                                              const std::vector<std::string>& more = {});
// Where `read` finds that log.
std::vector<std::string> read_log_arguments(const std::filesystem::path& data);

}  // namespace roomlog::testing
