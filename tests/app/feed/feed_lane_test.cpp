// One nick's lane against a server that answers as the test says: when a line is settled, when it
// is sent again, and how long the lane waits for that.
#include "app/feed/feed_lane.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json.hpp>
#include <deque>
#include <thread>

namespace roomlog::testing {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto attempt_time = 300ms;

// Lets everybody in and answers their commands, one after the other, with the objects given, to
// which it adds the command's id. "cut" ends the connection instead. One thread.
class scripted_server {
 public:
  explicit scripted_server(std::deque<std::string> answers) : answers_(std::move(answers)) {
    thread_ = std::thread([this] {
      while (!answers_.empty() && !over_) serve_one();
    });
  }
  ~scripted_server() {
    over_ = true;
    boost::system::error_code ignored;
    (void)tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);  // wakes it if it waits
    thread_.join();
  }
  client::target target() const {
    return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), "/v1/ws"};
  }

 private:
  void serve_one() {
    websocket::stream<tcp::socket, false> socket(acceptor_.accept());
    boost::system::error_code ended;
    socket.accept(ended);
    if (ended) return;
    const std::string hello = R"({"type":"hello","limits":{"attempt_ms":)" +
                              std::to_string(attempt_time.count()) + "}}\n";
    socket.write(asio::buffer(hello + R"({"type":"authenticated"})"));
    boost::beast::flat_buffer in;
    while (!answers_.empty() && socket.read(in, ended) > 0 && !ended) {
      const auto asked = boost::json::parse(boost::beast::buffers_to_string(in.data()));
      in.clear();
      const std::string answer = std::exchange(answers_.front(), {});
      answers_.pop_front();
      if (answer == "cut") return;
      auto frame = boost::json::parse(answer).as_object();
      frame["id"] = asked.at("id");
      socket.write(asio::buffer(boost::json::serialize(frame)));
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::deque<std::string> answers_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// Runs one lane, which says one line after the other.
class lane_world final : private feed_lane_host {
 public:
  explicit lane_world(const scripted_server& server) : target_(server.target()) {}

  // The outcome of one line, and how long it took.
  feed_outcome say(const std::string& cid) {
    outcome_.reset();
    const auto begun = steady::now();
    lane_.add({feed_command_kind::line, 0, cid, {}});
    lane_.pump();
    while (!outcome_ && steady::now() < begun + 20s) io_.run_one_for(100ms);
    took_ = steady::now() - begun;
    if (!outcome_) throw std::runtime_error("the line is never settled");
    return *outcome_;
  }
  int sends() const { return sent_; }
  steady::duration took() const { return took_; }
  const std::vector<unsigned>& backoffs() const { return backoffs_; }

 private:
  asio::io_context& io() override { return io_; }
  void encode(const feed_lane&, const feed_command& command, std::uint64_t id,
              std::string& out) override {
    out += boost::json::serialize(boost::json::object{{"id", id}, {"cid", command.cid}});
  }
  void added() override {}
  void want_connection(feed_lane& lane) override { lane.connect(target_, "token"); }
  void opened(feed_lane&) override {}
  void lost(feed_lane& lane, const client::closing&, bool had_work) override {
    if (had_work) lane.pump();
  }
  void settled(feed_lane&, const feed_command&, const feed_outcome& how) override {
    outcome_ = how;
  }
  void batch_done(feed_lane&) override {}
  void retrying(const std::string&, const std::string&) override {}
  void sent() override { ++sent_; }
  std::chrono::milliseconds backoff(unsigned attempt) override {
    backoffs_.push_back(attempt);
    return 1ms;
  }

  asio::io_context io_;
  client::target target_;
  feed_lane lane_{*this, "ann", 1};
  std::optional<feed_outcome> outcome_;
  int sent_ = 0;
  steady::duration took_{};
  std::vector<unsigned> backoffs_;
};

const std::string ack = R"({"type":"ack","duplicate":false})";
const std::string unavailable = R"({"type":"error","code":"unavailable"})";
const std::string unknown = R"({"type":"error","code":"unknown_outcome"})";
const std::string refusal = R"({"type":"error","code":"no_permission"})";

TEST(feed_lane, a_refusal_settles_a_line_that_was_asked_once) {
  const scripted_server server({refusal});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "no_permission");
  EXPECT_EQ(world.sends(), 1);
}

// The attempt that was cut may be in the log still, so that a refusal of the next one, which came
// too soon behind it, says nothing of the line.
TEST(feed_lane, a_line_whose_attempt_was_cut_by_a_lost_connection_is_open) {
  const scripted_server server({"cut", refusal, refusal});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "no_permission");
  EXPECT_EQ(world.sends(), 3);
  EXPECT_GE(world.took(), attempt_time);

  const scripted_server accepting({"cut", refusal, R"({"type":"ack","duplicate":true})"});
  lane_world other(accepting);
  const auto found = other.say("c-1");
  EXPECT_EQ(found.refusal, "");
  EXPECT_TRUE(found.duplicate) << "it was there";
}

TEST(feed_lane, a_line_whose_outcome_was_unknown_is_open) {
  const scripted_server server({unknown, refusal, refusal});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "no_permission");
  EXPECT_EQ(world.sends(), 3);
  EXPECT_GE(world.took(), attempt_time);
}

TEST(feed_lane, an_ack_resets_the_back_off) {
  const scripted_server server({unavailable, unavailable, ack, unavailable, ack});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "");
  EXPECT_EQ(world.say("c-2").refusal, "");
  EXPECT_EQ(world.backoffs(), (std::vector<unsigned>{1, 2, 1}));
}

TEST(feed_lane, the_wait_that_the_server_asks_for_is_kept_without_a_back_off) {
  const scripted_server server(
      {R"({"type":"error","code":"rate_limited","retry_after_ms":200})", ack});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "");
  EXPECT_GE(world.took(), 200ms);
  EXPECT_TRUE(world.backoffs().empty());
}

TEST(feed_lane, an_error_that_calls_itself_temporary_is_tried_again_whatever_its_code) {
  const scripted_server server({R"({"type":"error","code":"of_a_later_version","temporary":true})",
                                R"({"type":"error","code":"of_a_later_version"})"});
  lane_world world(server);
  EXPECT_EQ(world.say("c-1").refusal, "of_a_later_version");
  EXPECT_EQ(world.sends(), 2);
}

}  // namespace
}  // namespace roomlog::testing
