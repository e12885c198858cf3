// The roomlog binary as a child of the test: started with arguments, read line by line, signalled,
// waited for. Every wait has a deadline; a child that is still there at the end is killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roomlog::testing {

// One thread.
class child_process {
 public:
  using environment = std::vector<std::pair<std::string, std::string>>;

  // The binary under test. ROOMLOG_… variables of the test's own environment are not handed on.
  explicit child_process(const std::vector<std::string>& arguments, const environment& extra = {});
  // A script for /bin/sh, for which "$ROOMLOG" is the binary.
  struct shell {
    std::string script;
  };
  explicit child_process(const shell& run, const environment& extra = {});
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The next line of stdout without its end; none at end of file or when time is up.
  std::optional<std::string> read_line(std::chrono::milliseconds at_most = default_wait);
  // What was written to stderr so far, read to its end once the child has ended.
  const std::string& errors();
  // The rest of stdout, to its end.
  std::string rest();
  // The exit code, 128 + signal where a signal ended it; none when time is up.
  std::optional<int> wait(std::chrono::milliseconds at_most = default_wait);

  static constexpr std::chrono::milliseconds default_wait{60'000};

 private:
  void start(const char* program, std::vector<std::string> words, const environment& extra);
  bool pump(std::chrono::steady_clock::time_point deadline);
  bool read_some(int& fd, std::string& into);

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::string out_text_, err_text_;
  std::optional<int> ended_;
};

// The checkout that the tests were built from.
std::string source_directory();

// Runs to the end.
struct finished_process {
  int code;
  std::string out, err;
};
finished_process run_roomlog(const std::vector<std::string>& arguments,
                             const child_process::environment& extra = {});
finished_process run_shell(const std::string& script, const child_process::environment& extra = {});

}  // namespace roomlog::testing
