// The embedded log, in the data directory: nothing has to be said.
#include "tests/app/server_log.h"

namespace roomlog::testing {

std::vector<std::string> server_log_arguments(const std::filesystem::path&,
                                              const std::vector<std::string>&) {
  return {};
}

std::vector<std::string> read_log_arguments(const std::filesystem::path& data) {
  return {"--data", data.string()};
}

}  // namespace roomlog::testing
