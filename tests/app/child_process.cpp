#include "tests/app/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace roomlog::testing {
namespace {

using clock = std::chrono::steady_clock;

int remaining_ms(clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

std::vector<std::string> child_environment(const child_process::environment& extra) {
  std::vector<std::string> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("ROOMLOG_")) out.emplace_back(*variable);
  }
  for (const auto& [name, value] : extra) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

child_process::child_process(const std::vector<std::string>& arguments, const environment& extra) {
  std::vector<std::string> words{ROOMLOG_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  start(ROOMLOG_BINARY, std::move(words), extra);
}

child_process::child_process(const shell& run, const environment& extra) {
  environment with_binary = extra;
  with_binary.emplace_back("ROOMLOG", ROOMLOG_BINARY);
  start("/bin/sh", {"sh", "-c", run.script}, with_binary);
}

void child_process::start(const char* program, std::vector<std::string> words,
                          const environment& extra) {
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2 failed");
  }
  auto variables = child_environment(extra);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  const int failed = ::posix_spawn(&pid_, program, &actions, nullptr, pointers(words).data(),
                                   pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (failed != 0) throw std::runtime_error("cannot start " + words.front());
}

child_process::~child_process() {
  if (pid_ > 0 && !ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

void child_process::signal(int number) const {
  ::kill(pid_, number);
}

bool child_process::read_some(int& fd, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) {
    ::close(fd);
    fd = -1;
    return false;
  }
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

// Reads what there is; false at the end of both streams or when time is up.
bool child_process::pump(clock::time_point deadline) {
  std::array<pollfd, 2> wanted{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (out_ < 0 && err_ < 0) return false;
  if (::poll(wanted.data(), wanted.size(), remaining_ms(deadline)) <= 0) return false;
  if (wanted[0].revents != 0) (void)read_some(out_, out_text_);  // its end shows in out_
  if (wanted[1].revents != 0) (void)read_some(err_, err_text_);
  return true;
}

std::optional<std::string> child_process::read_line(std::chrono::milliseconds at_most) {
  const auto deadline = clock::now() + at_most;
  for (;;) {
    if (const auto end = out_text_.find('\n'); end != std::string::npos) {
      std::string line = out_text_.substr(0, end);
      out_text_.erase(0, end + 1);
      return line;
    }
    if (out_ < 0 || !pump(deadline)) return std::nullopt;
  }
}

const std::string& child_process::errors() {
  while (pump(ended_ ? clock::now() + std::chrono::seconds(10) : clock::now())) {
  }
  return err_text_;
}

std::string child_process::rest() {
  while (pump(clock::now() + default_wait)) {
  }
  return std::exchange(out_text_, {});
}

std::optional<int> child_process::wait(std::chrono::milliseconds at_most) {
  const auto deadline = clock::now() + at_most;
  while (pump(deadline)) {  // until both streams end, so that the child never waits for a reader
  }
  while (!ended_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (clock::now() > deadline) {
      return std::nullopt;
    } else {
      std::this_thread::yield();
    }
  }
  return ended_;
}

std::string source_directory() {
  return ROOMLOG_SOURCE_DIR;
}

namespace {

finished_process finished(child_process& child) {
  const int code = child.wait().value_or(-1);
  std::string errors = child.errors();
  return {code, child.rest(), std::move(errors)};
}

}  // namespace

finished_process run_roomlog(const std::vector<std::string>& arguments,
                             const child_process::environment& extra) {
  child_process child(arguments, extra);
  return finished(child);
}

finished_process run_shell(const std::string& script, const child_process::environment& extra) {
  child_process child(child_process::shell{script}, extra);
  return finished(child);
}

}  // namespace roomlog::testing
