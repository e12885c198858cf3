// Topics for each data directory, on the broker that the tests of this process share.
#include <algorithm>
#include <map>
#include <stdexcept>

#include "tests/app/child_process.h"
#include "tests/app/server_log.h"
#include "tests/kafka/kafka_cluster.h"

namespace roomlog::testing {
namespace {

using words = std::vector<std::string>;

words where(const std::string& prefix) {
  return {"--kafka", kafka_cluster::shared().bootstrap(), "--set", "kafka.topic_prefix=" + prefix};
}

std::string partitions_of(const words& more) {
  const auto flag = std::ranges::find(more, "--partitions");
  return flag == more.end() ? "4" : *std::next(flag);
}

void make_topics(const std::string& prefix, const std::string& partitions) {
  words all{"topics",       "create",   "--replication-factor", "1",
            "--partitions", partitions, "--allow-unsafe-topic"};
  std::ranges::copy(where(prefix), std::back_inserter(all));
  const auto made = run_roomlog(all);
  if (made.code != 0) throw std::runtime_error("no topics: " + made.err);
}

// The prefix of a directory's topics, which its first server has as many partitions as it wants.
const std::string& topics_of(const std::filesystem::path& data, const words& more) {
  static std::map<std::filesystem::path, std::string> all;
  const auto [at, is_new] = all.try_emplace(data);
  if (is_new) {
    at->second = unique_name("app");
    make_topics(at->second, partitions_of(more));
  }
  return at->second;
}

}  // namespace

words server_log_arguments(const std::filesystem::path& data, const words& more) {
  words out = where(topics_of(data, more));
  out.insert(out.end(), {"--log", "kafka", "--allow-unsafe-topic"});
  return out;
}

words read_log_arguments(const std::filesystem::path& data) {
  return where(topics_of(data, {}));
}

}  // namespace roomlog::testing
