// The binary as people and scripts meet it: help, exit codes, stdout and stderr.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/app/child_process.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(command_line, help_shows_examples_and_exit_codes) {
  const auto ran = run_roomlog({"--help"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(holds(ran.out, "examples:")) << ran.out;
  EXPECT_TRUE(holds(ran.out, "exit codes:")) << ran.out;
  EXPECT_EQ(ran.err, "");
}

TEST(command_line, every_command_has_help_with_an_example) {
  for (const char* command : {"serve", "token", "read", "config"}) {
    const auto ran = run_roomlog({command, "--help"});
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_TRUE(holds(ran.out, std::string("roomlog ") + command)) << ran.out;
  }
}

TEST(command_line, no_command_is_a_usage_error) {
  const auto ran = run_roomlog({});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(holds(ran.err, "--help")) << ran.err;
}

TEST(command_line, an_unknown_command_names_those_that_exist_and_the_nearest) {
  const auto ran = run_roomlog({"serv", "--data", "x"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(holds(ran.err, "no such command: serv")) << ran.err;
  EXPECT_TRUE(holds(ran.err, "serve, ")) << ran.err;
  EXPECT_TRUE(holds(ran.err, "The nearest is serve")) << ran.err;
}

TEST(command_line, an_unknown_option_is_a_usage_error) {
  const auto ran = run_roomlog({"config", "show", "--jsn"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(holds(ran.err, "--jsn")) << ran.err;
  EXPECT_EQ(run_roomlog({"config"}).code, 2);
  EXPECT_EQ(run_roomlog({"config", "shwo"}).code, 2);
}

TEST(command_line, version_is_text_or_json) {
  EXPECT_TRUE(run_roomlog({"version"}).out.starts_with("roomlog "));
  EXPECT_TRUE(run_roomlog({"version", "--json"}).out.starts_with("{\"name\":\"roomlog\""));
}

TEST(command_line, config_check_ends_with_3_and_one_line_for_each_mistake) {
  const auto bad =
      run_roomlog({"config", "check", "--set", "server.listn=x", "--listen", "nowhere"});
  EXPECT_EQ(bad.code, 3);
  EXPECT_EQ(bad.out, "");
  EXPECT_TRUE(holds(bad.err, "flag --listen: server.listen = \"nowhere\": must be HOST:PORT"))
      << bad.err;
  EXPECT_TRUE(holds(bad.err, "flag --set: unknown setting server.listn")) << bad.err;
  const auto good = run_roomlog({"config", "check"});
  EXPECT_EQ(good.code, 0);
  EXPECT_EQ(good.out, "ok\n");
}

TEST(command_line, an_unknown_name_in_the_environment_is_a_configuration_error) {
  const auto ran = run_roomlog({"config", "check"}, {{"ROOMLOG_LIMITS__USER_PER_SECND", "0"}});
  EXPECT_EQ(ran.code, 3);
  EXPECT_TRUE(holds(ran.err, "the nearest is limits.user_per_second")) << ran.err;
}

TEST(command_line, config_show_says_where_values_come_from_and_hides_secrets) {
  const std::string secret(40, 's');
  const child_process::environment variables{{"ROOMLOG_AUTH__HMAC_SECRET", secret},
                                             {"ROOMLOG_LIMITS__USER_PER_SECOND", "0"}};
  for (const bool json : {false, true}) {
    std::vector<std::string> words{"config", "show", "--threads", "3"};
    if (json) words.push_back("--json");
    const auto ran = run_roomlog(words, variables);
    EXPECT_EQ(ran.code, 0);
    EXPECT_FALSE(holds(ran.out, secret)) << ran.out;
    EXPECT_TRUE(holds(ran.out, "(hidden)")) << ran.out;
    EXPECT_TRUE(holds(ran.out, "environment ROOMLOG_LIMITS__USER_PER_SECOND")) << ran.out;
    EXPECT_TRUE(holds(ran.out, "flag --threads")) << ran.out;
  }
}

TEST(command_line, the_default_file_is_good_also_with_every_line_taken_in) {
  temporary_directory directory;
  const std::string text = run_roomlog({"config", "default"}).out;
  std::istringstream lines(text);
  std::ofstream file(directory.path() / "all.toml");
  for (std::string line; std::getline(lines, line);) {
    const bool value = line.starts_with("#") && !line.starts_with("# ");
    file << (value ? line.substr(1) : line) << '\n';
  }
  file.close();
  const auto ran =
      run_roomlog({"config", "check", "--config", (directory.path() / "all.toml").string()});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST(command_line, the_reference_in_docs_is_what_the_table_says) {
  std::ifstream file(source_directory() + "/docs/configuration.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(run_roomlog({"config", "reference"}).out, text.str())
      << "write it anew: roomlog config reference > docs/configuration.md";
}

TEST(command_line, a_missing_configuration_file_is_a_configuration_error) {
  const auto ran = run_roomlog({"serve", "--config", "/no/such/file.toml"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_TRUE(holds(ran.err, "/no/such/file.toml")) << ran.err;
}

}  // namespace
}  // namespace roomlog::testing
