// The server as a process: its ready line, what operators ask it, how it starts, refuses to, ends.
// On every engine.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/algorithm/string/erase.hpp>
#include <fstream>
#include <sstream>

#include "tests/app/http_get.h"
#include "tests/app/running_server.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string contents(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777;
}

class serve_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  // Starts a server that must refuse to.
  finished_process refused(std::vector<std::string> more) const {
    return run_roomlog(running_server::arguments(data(), std::move(more)));
  }
  temporary_directory directory_;
};

TEST_F(serve_test, prints_one_line_when_ready_and_ends_with_0) {
  running_server server(data());
  const std::string address = server.http().substr(sizeof "http://" - 1);
  EXPECT_EQ(server.ready_line(),
            "ready http://" + address + " ws://" + address + "/v1/ws admin " + server.admin());
  for (const std::string& url : {server.http(), server.admin()}) {
    EXPECT_TRUE(url.starts_with("http://127.0.0.1:")) << url;
    EXPECT_FALSE(url.ends_with(":0")) << url;
  }
  EXPECT_EQ(server.stop(), 0) << server.child().errors();
  EXPECT_EQ(server.child().rest(), "");
}

TEST_F(serve_test, sigint_drains_too) {
  running_server server(data());
  server.child().signal(SIGINT);
  EXPECT_EQ(server.child().wait(), 0);
}

// S1.20: health
TEST_F(serve_test, operators_are_answered) {
  running_server server(data(), {"--partitions", "2"});
  EXPECT_EQ(http_get(server.admin(), "/livez").status, 200);
  auto ready = http_get(server.admin(), "/readyz");
  EXPECT_EQ(ready.status, 200);
  boost::algorithm::erase_first(ready.body, ",\"reachable\":true");  // only where brokers are
  EXPECT_EQ(ready.body,
            "{\"ready\":true,\"roles\":[\"ingress\",\"pusher\",\"projector\"],"
            "\"components\":[{\"name\":\"log\",\"ready\":true},"
            "{\"name\":\"fold\",\"ready\":true,\"lag\":[{\"partition\":0,\"records\":0},"
            "{\"partition\":1,\"records\":0}]},{\"name\":\"ingress\",\"ready\":true},"
            "{\"name\":\"server\",\"ready\":true}]}\n");
  EXPECT_TRUE(http_get(server.admin(), "/version").body.starts_with("{\"name\":\"roomlog\""));
  EXPECT_EQ(http_get(server.admin(), "/readyz?verbose=1").status, 200);
  EXPECT_EQ(http_get(server.admin(), "/nothing").status, 404);
  EXPECT_EQ(http_get(server.admin(), "/livez", "POST").status, 405);
  const auto head = http_get(server.admin(), "/livez", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

// S1.30, S3.42, S3.43, S4.19
TEST_F(serve_test, metrics_name_every_queue_outcome_latency_and_lag) {
  running_server server(data(), {"--partitions", "2"});
  const auto metrics = http_get(server.admin(), "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_TRUE(holds(metrics.head, "text/plain; version=0.0.4")) << metrics.head;
  for (const char* line : {"\nroomlog_ready 1\n",
                           "\nroomlog_log_queue_bytes ",  // Kafka may not have reported yet
                           "\nroomlog_log_queue_bytes_max 67108864\n",
                           "roomlog_log_group_write_seconds_bucket{le=\"+Inf\"}",
                           "roomlog_fold_lag{partition=\"1\"}",
                           "roomlog_fold_commit_lag{partition=\"0\"}",
                           "roomlog_view_lag{view=\"history\",partition=\"1\"} 0\n",
                           "roomlog_view_position{view=\"rooms\",partition=\"0\"}",
                           "roomlog_view_level{view=\"rooms\",partition=\"1\"} 1\n",
                           "roomlog_commands_total{outcome=\"unknown\"} 0",
                           "roomlog_commands_refused_total{code=\"rate_limited\"} 0",
                           "\nroomlog_commands_in_flight 0",
                           "\nroomlog_connections 0\n",
                           "\nroomlog_subscriptions 0\n",
                           "\nroomlog_room_tail_bytes 0",
                           "\nroomlog_inbox_bytes 0",
                           "roomlog_catch_up_pages_total 0",
                           "\nroomlog_sends_total 0\n",
                           "\nroomlog_sends_short_total 0\n",
                           "roomlog_ack_seconds_count 0",
                           "\nroomlog_fences_total 2\n",
                           "roomlog_log_appends_failed_total{records=\"unknown\"} 0",
                           "roomlog_log_appends_failed_total{records=\"never_sent\"} 0",
                           "\nroomlog_lost_ranges_total 0\n",
                           "roomlog_log_producers_total",
                           "roomlog_log_broker_errors_total",
                           "\nroomlog_log_unread_records 0\n",
                           "roomlog_diagnostics_dropped_total 0",
                           "process_resident_memory_bytes"}) {
    EXPECT_TRUE(holds(metrics.body, line)) << line << "\n" << metrics.body;
  }
  EXPECT_FALSE(holds(metrics.body, "partition=\"2\""));
}

TEST_F(serve_test, the_data_directory_is_private_and_keeps_its_identity_over_restarts) {
  std::string id, key;
  {
    running_server server(data());
    id = contents(data() / "gateway_id");
    key = contents(data() / "token.key");
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), 16u) << id;
    EXPECT_EQ(mode_of(data()), 0700u);
    EXPECT_EQ(mode_of(data() / "gateway_id"), 0600u);
    EXPECT_EQ(mode_of(data() / "token.key"), 0600u);
    EXPECT_EQ(server.stop(), 0);
  }
  running_server again(data());
  EXPECT_EQ(contents(data() / "gateway_id"), id);
  EXPECT_EQ(contents(data() / "token.key"), key);
}

TEST_F(serve_test, a_second_server_on_the_same_directory_is_refused_with_4) {
  running_server server(data());
  const auto second = refused({});
  EXPECT_EQ(second.code, 4) << second.err;
  EXPECT_EQ(second.out, "");
  EXPECT_TRUE(holds(second.err, "cannot start: ")) << second.err;
  EXPECT_TRUE(holds(second.err, data().string())) << second.err;
  EXPECT_EQ(http_get(server.admin(), "/readyz").status, 200);
}

TEST_F(serve_test, other_partitions_than_the_logs_are_refused_with_3) {
  { running_server server(data(), {"--partitions", "3"}); }
  const auto other = refused({"--partitions", "4"});
  EXPECT_EQ(other.code, 3) << other.err;
  EXPECT_TRUE(holds(other.err, "3") && holds(other.err, "4")) << other.err;
  running_server same(data(), {"--partitions", "3"});
  EXPECT_EQ(same.stop(), 0);
  running_server any(data());
  EXPECT_TRUE(holds(http_get(any.admin(), "/metrics").body, "roomlog_fold_lag{partition=\"2\"}"));
}

TEST_F(serve_test, killed_servers_start_again) {
  for (int round = 0; round < 3; ++round) {
    running_server server(data());
    server.child().signal(SIGKILL);
    EXPECT_EQ(server.child().wait(), 128 + SIGKILL);
  }
  running_server server(data());
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(serve_test, an_address_that_is_taken_is_refused_with_4_and_named) {
  running_server server(data());
  const std::string taken = server.http().substr(sizeof "http://" - 1);
  const std::string admin_taken = server.admin().substr(sizeof "http://" - 1);
  const auto other = (directory_.path() / "other").string();
  const auto by_clients =
      run_roomlog({"serve", "--data", other, "--listen", taken, "--admin-listen", "127.0.0.1:0"});
  EXPECT_EQ(by_clients.code, 4) << by_clients.err;
  EXPECT_TRUE(holds(by_clients.err, "server.listen: ") && holds(by_clients.err, taken))
      << by_clients.err;
  const auto by_operators = run_roomlog(
      {"serve", "--data", other, "--listen", "127.0.0.1:0", "--admin-listen", admin_taken});
  EXPECT_EQ(by_operators.code, 4) << by_operators.err;
  EXPECT_TRUE(holds(by_operators.err, "server.admin_listen: cannot listen on " + admin_taken))
      << by_operators.err;
}

TEST_F(serve_test, a_relative_data_directory_lies_in_the_working_directory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  for (const char* name : {"data", "some/where"}) {
    running_server server(name);
    EXPECT_EQ(server.stop(), 0);
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / name / "gateway_id"));
  }
  std::filesystem::current_path(before);
}

TEST_F(serve_test, a_data_directory_that_cannot_be_one_is_refused_with_3) {
  std::ofstream(data()) << "a file";
  const auto ran = refused({});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_TRUE(holds(ran.err, "data.dir: " + data().string() + ": ")) << ran.err;
}

TEST_F(serve_test, a_broken_gateway_id_is_refused_and_not_replaced) {
  { running_server server(data()); }
  std::ofstream(data() / "gateway_id") << "oops\n";
  const auto ran = refused({});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_TRUE(holds(ran.err, "gateway_id")) << ran.err;
  EXPECT_EQ(contents(data() / "gateway_id"), "oops\n");
}

TEST_F(serve_test, a_gateway_id_that_an_editor_saved_is_the_same_one) {
  { running_server server(data()); }
  const std::string id = contents(data() / "gateway_id").substr(0, 16);
  std::ofstream(data() / "gateway_id") << "\xEF\xBB\xBF" + id + "\r\n";
  running_server server(data());
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(serve_test, a_prohibited_word_that_is_two_is_refused_with_3) {
  const auto words = data().parent_path() / "words";
  std::ofstream(words) << "# a list\nbad\nvery bad\n";
  const auto ran = refused({"--set", "content.prohibited_words_file=" + words.string()});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_TRUE(holds(ran.err, words.string() + ", line 3")) << ran.err;
}

TEST_F(serve_test, a_short_secret_is_refused_with_3) {
  const auto ran = refused({"--set", "auth.hmac_secret=short"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_TRUE(holds(ran.err, "32")) << ran.err;
}

TEST_F(serve_test, diagnostics_can_be_json_and_never_reach_stdout) {
  running_server server(data(), {"--set", "diagnostics.format=json"});
  EXPECT_EQ(server.stop(), 0);
  std::istringstream lines(server.child().errors());
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.starts_with('{') && line.ends_with('}')) << line;
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace roomlog::testing
