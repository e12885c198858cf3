// Several `roomlog serve` on one topic, each with roles of its own and a data directory that it
// keeps from one life to the next.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/app/chat_client.h"
#include "tests/app/running_server.h"
#include "tests/kafka/kafka_cluster.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {

class server_group {
 public:
  // Makes the topics.
  explicit server_group(kafka_cluster& brokers, int partitions = 4);

  // Starts the server of that name and waits for its ready line; all share one token key.
  running_server& start(const std::string& name, const std::string& roles,
                        std::vector<std::string> more = {});
  running_server& at(const std::string& name) { return *servers_.at(name); }
  // SIGKILL, and it is gone; its directory stays.
  void kill(const std::string& name);
  // A server of that name, not started, has the same directory as `name`, which does not run.
  void clone(const std::string& name, const std::string& as);
  void pause(const std::string& name) { at(name).child().signal(SIGSTOP); }
  void proceed(const std::string& name) { at(name).child().signal(SIGCONT); }

  const std::string& topic() const { return topic_; }  // of events
  std::string token(const std::string& name, const std::string& user) const;
  std::unique_ptr<chat_client> connect(const std::string& name, const std::string& user);
  // roomlog_fold_position of every partition, as /metrics has it.
  std::string positions(const std::string& name);
  // Until both have decided the same records; false after some time.
  bool level(const std::string& one, const std::string& other);

 private:
  std::filesystem::path data(const std::string& name) const;

  temporary_directory directory_;
  const std::string prefix_ = unique_name("roles");
  const std::string topic_ = prefix_ + ".events";
  const std::vector<std::string> log_;
  std::map<std::string, std::unique_ptr<running_server>> servers_;
};

}  // namespace roomlog::testing
