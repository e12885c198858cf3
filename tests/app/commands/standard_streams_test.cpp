// The descriptors that a shell hands over: closed, full, without a reader, or with a generous
// umask.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/app/running_server.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;

class standard_streams_test : public ::testing::Test {
 protected:
  fs::path data() const { return directory_.path() / "data"; }
  std::string on_data() const { return " --data " + data().string(); }
  std::string serve() const {
    return "serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0" + on_data();
  }
  // Every command line that writes to stdout, with the exit code that it has when it can.
  std::vector<std::pair<std::string, int>> printing() const {
    const std::string token = run_shell("$ROOMLOG token --user ann" + on_data()).out;
    const std::string good = token.substr(0, token.find('\n'));
    return {{"--help", 0},
            {"--version", 0},
            {"serve --help", 0},
            {"version", 0},
            {"version --json", 0},
            {"config default", 0},
            {"config reference", 0},
            {"config show", 0},
            {"config show --json", 0},
            {"config check", 0},
            {"token --user ann" + on_data(), 0},
            {"token --user ann --json" + on_data(), 0},
            {"token verify " + good + on_data(), 0},
            {"token verify --signature-only " + good + on_data(), 0},
            {"token verify x" + on_data(), 1},
            {"read" + on_data(), 0},
            {"read --decisions" + on_data(), 0},
            {"doctor --json" + on_data(), doctor_code_}};
  }
  void SetUp() override {
    { running_server server(data()); }
    doctor_code_ = run_shell("$ROOMLOG doctor" + on_data()).code;
  }
  // Of everything in the directory, what others may use.
  std::string open_to_others(const fs::path& root) const {
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      struct stat is {};
      if (::lstat(entry.path().c_str(), &is) == 0 && (is.st_mode & 077) != 0) {
        found += entry.path().string() + ' ';
      }
    }
    return found;
  }

  temporary_directory directory_;
  int doctor_code_ = 0;
};

TEST_F(standard_streams_test, output_that_does_not_fit_on_the_disk_is_exit_1_and_a_line) {
  for (const auto& [command, code] : printing()) {
    const auto ran = run_shell("$ROOMLOG " + command + " >/dev/full");
    EXPECT_EQ(ran.code, code == 0 ? 1 : code) << command;
    EXPECT_NE(ran.err.find("roomlog: cannot write to standard output: No space left on device\n"),
              std::string::npos)
        << command << ": " << ran.err;
  }
}

TEST_F(standard_streams_test, output_to_a_closed_stdout_is_exit_1_and_a_line) {
  for (const auto& [command, code] : printing()) {
    const auto ran = run_shell("$ROOMLOG " + command + " >&-");
    EXPECT_EQ(ran.code, code == 0 ? 1 : code) << command;
    EXPECT_NE(ran.err.find("roomlog: cannot write to standard output: "), std::string::npos)
        << command << ": " << ran.err;
  }
}

TEST_F(standard_streams_test, a_reader_that_has_gone_is_exit_1_without_a_word) {
  for (const auto& [command, code] : printing()) {
    if (command.starts_with("doctor")) continue;  // says its verdict on stderr
    const auto ran = run_shell("{ $ROOMLOG " + command + "; echo $? >" +
                               (directory_.path() / "code").string() + "; } | true");
    int ended = -1;
    std::ifstream(directory_.path() / "code") >> ended;
    // A pipe that is still open took it all.
    EXPECT_TRUE(ended == code || ended == 1) << command << ": " << ended;
    EXPECT_EQ(ran.err.find("standard output"), std::string::npos) << command << ": " << ran.err;
  }
  // The command begins once the other end of its pipe is closed.
  const std::string closed = (directory_.path() / "closed").string();
  const auto ran = run_shell("mkfifo " + closed + "; { read -r _ <" + closed +
                             "; $ROOMLOG config reference; echo $? >&2; } | { exec <&-; echo >" +
                             closed + "; }");
  EXPECT_EQ(ran.err, "1\n");
}

TEST_F(standard_streams_test, all_of_the_output_comes_through_a_pipe_that_is_slow_to_take_it) {
  const auto whole = run_shell("$ROOMLOG config reference").out;
  // The pipe is nearly full when the command begins, and is read byte by byte.
  EXPECT_EQ(run_shell("{ head -c 60000 /dev/zero; $ROOMLOG config reference; } |"
                      " dd bs=1 status=none | tail -c +60001")
                .out,
            whole);
}

TEST_F(standard_streams_test, closed_descriptors_are_not_given_to_files_of_the_data_directory) {
  child_process server(child_process::shell{"exec $ROOMLOG " + serve() + " <&- 2>&-"});
  ASSERT_TRUE(server.read_line().value_or("").starts_with("ready "));
  const std::string pid = std::to_string(server.pid());
  for (const char* fd : {"0", "2"}) {
    EXPECT_EQ(fs::read_symlink("/proc/" + pid + "/fd/" + fd), "/dev/null") << fd;
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  std::ostringstream held;
  held << std::ifstream(data() / "log" / "lock").rdbuf();
  EXPECT_EQ(held.str(), pid) << "messages went into a file of the log";
}

TEST_F(standard_streams_test, a_server_with_closed_stdout_serves_and_says_so_at_its_end_too) {
  child_process server(child_process::shell{"exec $ROOMLOG " + serve() + " >&-"});
  const auto says = [&](const char* text) {
    return eventually([&] { return server.errors().find(text) != std::string::npos; });
  };
  ASSERT_TRUE(says("the ready line could not be written")) << server.errors();
  EXPECT_EQ(fs::read_symlink("/proc/" + std::to_string(server.pid()) + "/fd/1"), "/dev/null");
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 1);
  EXPECT_TRUE(says("cannot write to standard output")) << server.errors();
}

TEST_F(standard_streams_test, what_is_in_the_data_directory_is_private_whatever_the_umask) {
  const fs::path other = directory_.path() / "volume";
  fs::create_directory(other);  // by an installer, for all to enter
  fs::permissions(other, fs::perms(0755));
  child_process server(child_process::shell{
      "umask 000; exec $ROOMLOG serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --data " +
      other.string()});
  ASSERT_TRUE(server.read_line().value_or("").starts_with("ready ")) << server.errors();
  EXPECT_EQ(open_to_others(other), "");
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_EQ(open_to_others(other), "");
  EXPECT_EQ(fs::status(other).permissions(), fs::perms(0755)) << "the directory's own mode";
}

TEST_F(standard_streams_test, what_an_earlier_version_left_open_is_made_private_and_said) {
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    fs::permissions(entry.path(), fs::perms(entry.is_directory() ? 0755 : 0644));
  }
  std::ofstream(data() / "words.txt") << "an operator's own file\n";
  fs::permissions(data() / "words.txt", fs::perms(0644));
  running_server server(data());
  EXPECT_EQ(open_to_others(data()), (data() / "words.txt").string() + ' ');
  EXPECT_EQ(server.stop(), 0);
  EXPECT_NE(server.child().errors().find("other users could read"), std::string::npos)
      << server.child().errors();
}

}  // namespace
}  // namespace roomlog::testing
