#include "tests/kafka/kafka_cluster.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace roomlog::testing {
namespace {

std::filesystem::path new_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "roomlog-kafka-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  return name;
}

std::vector<std::string> arguments_of(const cluster_options& options,
                                      const std::filesystem::path& directory) {
  std::vector<std::string> out{ROOMLOG_BROKERS_SCRIPT, "attend", directory.string(), "--count",
                               std::to_string(options.count)};
  const auto add = [&out](const char* name, const std::string& value) {
    out.insert(out.end(), {name, value});
  };
  for (const auto& [name, value] : options.settings) add("--set", name + "=" + value);
  for (const auto& [number, address] : options.advertise) {
    add("--advertise", std::to_string(number) + "=" + address);
  }
  if (!options.user.empty()) add("--user", options.user);
  if (!options.version.empty()) add("--version", options.version);
  if (options.clocks) out.emplace_back("--clocks");
  return out;
}

}  // namespace

kafka_cluster::kafka_cluster(const cluster_options& options) : directory_(new_directory()) {
  spawn(arguments_of(options, directory_));
  try {
    read_what_it_says();
  } catch (...) {
    end();
    throw;
  }
}

kafka_cluster::~kafka_cluster() {
  if (std::fputs("quit\n", to_) >= 0) (void)std::fflush(to_);  // gone already: nothing to end
  end();
  if (::testing::UnitTest::GetInstance()->Failed()) {
    std::cerr << "the brokers' output is kept in " << directory_ << "/N/output\n";
    return;
  }
  std::error_code ignored;  // what is left is a temporary directory
  std::filesystem::remove_all(directory_, ignored);
}

kafka_cluster& kafka_cluster::shared(int count) {
  static std::map<int, std::unique_ptr<kafka_cluster>> clusters;
  auto& one = clusters[count];
  if (!one) one = std::make_unique<kafka_cluster>(cluster_options{.count = count});
  return *one;
}

// Both pipes close when this process ends, which tells the script to end.
void kafka_cluster::spawn(const std::vector<std::string>& arguments) {
  ::signal(SIGPIPE, SIG_IGN);  // a script that is gone is an error of write
  std::array<int, 2> to{}, from{};
  if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2 failed");
  }
  std::vector<char*> words;
  auto copies = arguments;
  for (std::string& word : copies) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int failed = ::posix_spawn(&pid_, words.front(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  to_ = ::fdopen(to[1], "w");
  from_ = ::fdopen(from[0], "r");
  if (failed != 0) throw std::runtime_error("cannot start " + arguments.front());
}

void kafka_cluster::read_what_it_says() {
  for (std::string line = read_line(); line != "ready"; line = read_line()) {
    const auto space = line.find(' ');
    said_[line.substr(0, space)] = line.substr(space + 1);
  }
}

std::string kafka_cluster::read_line() {
  std::string out;
  for (int c = std::fgetc(from_); c != '\n'; c = std::fgetc(from_)) {
    if (c == EOF) throw std::runtime_error("brokers: ended; see above and " + directory_.string());
    out.push_back(static_cast<char>(c));
  }
  return out;
}

void kafka_cluster::command(const std::string& what, std::optional<int> number) {
  const std::string line = number ? what + " " + std::to_string(*number) : what;
  if (std::fputs((line + "\n").c_str(), to_) < 0 || std::fflush(to_) != 0) {
    throw std::runtime_error("brokers: ended before `" + line + "`");
  }
  if (const std::string answer = read_line(); answer != "ok") {
    throw std::runtime_error("brokers: " + line + ": " + answer);
  }
}

void kafka_cluster::end() {
  std::fclose(to_);
  ::waitpid(pid_, nullptr, 0);
  std::fclose(from_);
}

std::string kafka_cluster::address(int number) const {
  std::istringstream all(said_.at("client"));
  std::string one;
  for (int n = 0; n < number; ++n) std::getline(all, one, ',');
  return one;
}

std::string unique_name(const std::string& stem) {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return stem + "-" + std::to_string(::getpid()) + "-" + std::to_string(now) + "-" +
         std::to_string(++count);
}

}  // namespace roomlog::testing
