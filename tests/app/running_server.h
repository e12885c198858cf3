// `roomlog serve` as a child on free ports, past its ready line, on the log of server_log.h.
#pragma once

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/app/child_process.h"
#include "tests/app/server_log.h"

namespace roomlog::testing {

class running_server {
 public:
  explicit running_server(const std::filesystem::path& data, std::vector<std::string> more = {},
                          const child_process::environment& variables = {})
      : child_(arguments(data, std::move(more)), variables) {
    wait_until_ready();
  }
  // The same, started by a shell that runs this first, as in "ulimit -n 80".
  running_server(const std::string& first, const std::filesystem::path& data,
                 std::vector<std::string> more = {})
      : child_(child_process::shell{script(first, arguments(data, std::move(more)))}) {
    wait_until_ready();
  }

  child_process& child() { return child_; }
  const std::string& ready_line() const { return ready_; }
  // "http://127.0.0.1:PORT", "ws://127.0.0.1:PORT/v1/ws", "http://127.0.0.1:PORT"
  std::string http() const { return word(1); }
  std::string ws() const { return word(2); }
  std::string admin() const { return ready_.substr(ready_.rfind(' ') + 1); }

  // By SIGTERM; the exit code.
  int stop() {
    child_.signal(SIGTERM);
    return child_.wait().value_or(-1);
  }

  static std::vector<std::string> arguments(const std::filesystem::path& data,
                                            std::vector<std::string> more) {
    std::vector<std::string> out{"serve", "--data", data.string(), "--listen", "127.0.0.1:0",
                                 "--admin-listen", "127.0.0.1:0",
                                 // Clients of tests do not answer a close.
                                 "--set", "server.close_wait=50ms"};
    const auto log = server_log_arguments(data, more);
    out.insert(out.end(), log.begin(), log.end());
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

 private:
  static std::string script(const std::string& first, const std::vector<std::string>& words) {
    std::string out = first + "; exec \"$ROOMLOG\"";
    for (const std::string& word : words) out += " '" + word + "'";
    return out;
  }

  void wait_until_ready() {
    const auto line = child_.read_line();
    if (!line || !line->starts_with("ready http://")) {
      throw std::runtime_error("the server is not ready: " + line.value_or("") + child_.errors());
    }
    ready_ = *line;
  }

  std::string word(int index) const {
    std::size_t begin = 0;
    for (; index > 0; --index) begin = ready_.find(' ', begin) + 1;
    return ready_.substr(begin, ready_.find(' ', begin) - begin);
  }

  child_process child_;
  std::string ready_;
};

}  // namespace roomlog::testing
