// Real Apache Kafka brokers for a test: one or three of them on loopback, run by the script
// `brokers` of this folder, which ends with this process however that ends.
//
//   kafka_cluster brokers;                  // one broker, ready when constructed
//   kafka_cluster three({.count = 3});
//   three.kill(2);  three.start(2);  three.wait();
//
// What the brokers said is kept, and its place told, where the test has failed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roomlog::testing {

struct cluster_options {
  int count = 1;  // or 3
  // Of server.properties, over what the script sets.
  std::vector<std::pair<std::string, std::string>> settings = {};
  // What broker N (from 1) tells clients to connect to, HOST:PORT: a proxy before it. Brokers speak
  // to one another past it.
  std::map<int, std::string> advertise = {};
  // NAME:PASSWORD; makes a further listener with SASL_SSL that takes this user with SCRAM-SHA-512
  // and with PLAIN. librdkafka before 2.6.1 repeats the nonce in SCRAM's last message, which
  // brokers from 3.7.2, 3.8.1 and 3.9 on refuse (CVE-2024-56128): with it, version = "3.8.0".
  std::string user = {};
  std::string version = {};  // of Apache Kafka; empty for the one that is tested with
  bool clocks = false;       // set_clock() works
};

// A mechanism of SASL and the version of brokers that it is tried with: see cluster_options::user.
struct secure_way {
  std::string mechanism, version;
};
inline std::vector<secure_way> secure_ways() {
  return {{"PLAIN", {}}, {"SCRAM-SHA-512", "3.8.0"}};
}
// For test names.
inline std::string name_of(const secure_way& way) {
  return way.mechanism.substr(0, way.mechanism.find('-'));
}

// One thread. Brokers are numbered from 1. Constructor and functions throw std::runtime_error with
// what the brokers said.
class kafka_cluster {
 public:
  explicit kafka_cluster(const cluster_options& options = {});
  ~kafka_cluster();
  kafka_cluster(const kafka_cluster&) = delete;
  kafka_cluster& operator=(const kafka_cluster&) = delete;

  // The cluster of `count` brokers that all tests of this process share; started at its first use.
  // Take topics of your own (unique_name) and leave its brokers alone.
  static kafka_cluster& shared(int count = 1);

  // What clients are told, comma separated.
  const std::string& bootstrap() const { return said_.at("bootstrap"); }
  // Where broker N really listens.
  std::string address(int number) const;
  // Where clients reach the brokers past the proxies of `advertise`, comma separated.
  const std::string& past_proxies() const { return said_.at("internal"); }
  // The SASL_SSL listeners, comma separated, and the authority that signed for them.
  const std::string& secure() const { return said_.at("secure"); }
  std::filesystem::path ca_file() const { return directory_ / "ca.pem"; }
  // The jars of Apache Kafka, for Java programs: -cp 'DIR/*'.
  const std::string& jars() const { return said_.at("jars"); }
  const std::filesystem::path& directory() const { return directory_; }

  void stop(int number) { command("stop", number); }         // SIGTERM, 10 s, SIGKILL
  void kill(int number) { command("kill", number); }         // SIGKILL, and it is gone
  void pause(int number) { command("pause", number); }       // SIGSTOP
  void proceed(int number) { command("continue", number); }  // SIGCONT
  void start(int number) { command("start", number); }       // does not wait
  void restart(int number) { command("restart", number); }   // stop, start, wait
  // The broker's clock is so far ahead of this machine's, in about a second.
  void set_clock(int number, std::chrono::seconds ahead) {
    command("clock " + std::to_string(number), static_cast<int>(ahead.count()));
  }
  // Until all brokers that run and are not paused know one another.
  void wait() { command("wait"); }

 private:
  void spawn(const std::vector<std::string>& arguments);
  void read_what_it_says();
  // Without the number where it is not given.
  void command(const std::string& what, std::optional<int> number = std::nullopt);
  std::string read_line();
  void end();

  std::filesystem::path directory_;
  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  std::map<std::string, std::string> said_;  // "bootstrap" → its value, and so on
};

// A name that no other call gave, also not in another process: for topics on a shared cluster.
std::string unique_name(const std::string& stem);

}  // namespace roomlog::testing
