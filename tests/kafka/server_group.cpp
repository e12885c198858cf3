#include "tests/kafka/server_group.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/app/http_get.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr std::string_view secret = "a secret that all servers of the group believe";

std::vector<std::string> log_flags(kafka_cluster& brokers, const std::string& prefix) {
  return {"--kafka", brokers.bootstrap(), "--allow-unsafe-topic", "--set",
          "kafka.topic_prefix=" + prefix};
}

}  // namespace

server_group::server_group(kafka_cluster& brokers, int partitions)
    : log_(log_flags(brokers, prefix_)) {
  std::vector<std::string> words{"topics", "create",       "--replication-factor",
                                 "1",      "--partitions", std::to_string(partitions)};
  words.insert(words.end(), log_.begin(), log_.end());
  const auto made = run_roomlog(words);
  if (made.code != 0) throw std::runtime_error("no topics: " + made.err);
}

std::filesystem::path server_group::data(const std::string& name) const {
  const auto path = directory_.path() / name;
  std::filesystem::create_directories(path);
  ::chmod(path.c_str(), 0700);
  return path;
}

running_server& server_group::start(const std::string& name, const std::string& roles,
                                    std::vector<std::string> more) {
  std::vector<std::string> words{"--log",   "kafka",
                                 "--roles", roles,
                                 "--set",   "auth.hmac_secret=" + std::string(secret),
                                 "--set",   "server.drain_notice=50ms",
                                 "--set",   "limits.user_per_second=0",
                                 "--set",   "limits.user_per_minute=0",
                                 "--set",   "limits.user_commands_per_second=0",
                                 "--set",   "limits.user_commands_per_minute=0",
                                 "--set",   "limits.user_append_bytes=0",
                                 "--set",   "limits.user_invites_per_minute=0"};
  words.insert(words.end(), log_.begin(), log_.end());
  words.insert(words.end(), more.begin(), more.end());
  servers_[name] = std::make_unique<running_server>(data(name), std::move(words));
  return at(name);
}

void server_group::kill(const std::string& name) {
  at(name).child().signal(SIGKILL);
  (void)at(name).child().wait();
  servers_.erase(name);
}

void server_group::clone(const std::string& name, const std::string& as) {
  std::filesystem::copy(data(name), data(as), std::filesystem::copy_options::recursive);
  std::filesystem::remove(data(as) / "lock");
}

std::string server_group::token(const std::string& name, const std::string& user) const {
  return token_for(data(name), user, {"--set", "auth.hmac_secret=" + std::string(secret)});
}

std::unique_ptr<chat_client> server_group::connect(const std::string& name,
                                                   const std::string& user) {
  return std::make_unique<chat_client>(at(name), token(name, user));
}

std::string server_group::positions(const std::string& name) {
  std::istringstream lines(http_get(at(name).admin(), "/metrics").body);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("roomlog_fold_position{")) out += line + '\n';
  }
  return out;
}

bool server_group::level(const std::string& one, const std::string& other) {
  return eventually([&] {
    const auto here = positions(one);
    return !here.empty() && here == positions(other);
  });
}

}  // namespace roomlog::testing
