// `roomlog doctor` on a machine without Kafka; with it: tests/kafka/commands_test.cpp.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "tests/app/running_server.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

using words = std::vector<std::string>;

finished_process doctor(const std::filesystem::path& data, words more = {}) {
  // Whatever limit of open files this machine has, it is enough for these.
  words all{"doctor", "--data", data.string(), "--set", "limits.connections=10"};
  all.insert(all.end(), more.begin(), more.end());
  return run_roomlog(all);
}

TEST(doctor, finds_nothing_wrong_before_the_first_start_and_changes_nothing) {
  const temporary_directory directory;
  const auto data = directory.path() / "data";
  const auto ran = doctor(data, {"--json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  const auto found = boost::json::parse(ran.out);
  EXPECT_EQ(found.at("ok"), true);
  for (const auto& one : found.at("findings").as_array()) {
    EXPECT_EQ(one.at("grade").as_string(), "good") << one;
  }
  EXPECT_FALSE(std::filesystem::exists(data));
}

TEST(doctor, looks_at_the_log_of_a_running_server) {
  const temporary_directory directory;
  running_server server(directory.path() / "data", {"--partitions", "2"});
  const auto ran = doctor(directory.path() / "data");
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("2 partitions, epoch "), std::string::npos) << ran.out;
  const auto other = doctor(directory.path() / "data", {"--partitions", "3"});
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.out.find("set log.partitions = 2"), std::string::npos) << other.out;
}

TEST(doctor, says_where_others_can_read_and_which_command_ends_that) {
  const temporary_directory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
  const auto ran = doctor(directory.path());
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.out.find("mode = 755"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("chmod go= " + directory.path().string()), std::string::npos) << ran.out;
}

TEST(doctor, refuses_a_data_directory_that_is_a_file) {
  const temporary_directory directory;
  std::ofstream(directory.path() / "data") << "x";
  const auto ran = doctor(directory.path() / "data");
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.out.find("is not a directory"), std::string::npos) << ran.out;
}

TEST(doctor, compares_open_files_with_the_connections_that_are_promised) {
  const temporary_directory directory;
  const auto ran = doctor(directory.path() / "data", {"--set", "limits.connections=10000000"});
  if (ran.out.find("unlimited") != std::string::npos) GTEST_SKIP() << "no limit of open files here";
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.out.find("ulimit -n 10001494"), std::string::npos) << ran.out;
}

TEST(doctor, settings_that_do_not_fit_together_are_wrong) {
  const temporary_directory directory;
  const auto ran = doctor(directory.path() / "data", {"--set", "server.roles=ingress,pusher"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.out.find("WRONG    settings"), std::string::npos) << ran.out;
}

TEST(doctor, a_damaged_log_has_an_exit_code_of_its_own) {
  const temporary_directory directory;
  const auto data = directory.path() / "data";
  EXPECT_EQ(running_server(data).stop(), 0);
  std::vector<std::filesystem::path> lost;  // the write-ahead log: what was acknowledged last
  for (const auto& file : std::filesystem::directory_iterator(data / "log" / "records")) {
    if (file.path().extension() == ".log") lost.push_back(file.path());
  }
  for (const auto& file : lost) std::filesystem::remove(file);
  const auto ran = doctor(data);
  EXPECT_EQ(ran.code, 5) << ran.out;
}

}  // namespace
}  // namespace roomlog::testing
