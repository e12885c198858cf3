// Answers that are streamed, over real sockets: a stream that the test feeds, behind the
// transport of the server.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>

#include "log/base/clock.h"
#include "pushers/transport/listener.h"
#include "pushers/transport/serve_connection.h"
#include "tests/testing/eventually.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// What a stream has to say, from the test's thread, and what became of it.
struct source {
  std::mutex mutex;
  std::string next;
  stream_state then = stream_state::waits;
  std::size_t endless = 0;  // bytes of every piece, without end
  http_stream_link* link = nullptr;
  std::atomic<std::size_t> asked{0}, produced{0}, alive{0}, timers{0};
  std::chrono::microseconds timer_at{0};
};

class fed_stream final : public http_stream {
 public:
  fed_stream(std::shared_ptr<source> from, http_stream_link& link) : from_(std::move(from)) {
    const std::lock_guard lock(from_->mutex);
    from_->link = &link;
    ++from_->alive;
    if (from_->timer_at.count() != 0) link.call_at(from_->timer_at);
  }
  ~fed_stream() override {
    const std::lock_guard lock(from_->mutex);
    from_->link = nullptr;
    --from_->alive;
  }
  stream_state produce(std::string& out, std::size_t room) override {
    const std::lock_guard lock(from_->mutex);
    ++from_->asked;
    if (from_->next == "throw") throw std::runtime_error("as the test says");
    out = from_->endless != 0 ? std::string(std::min(room, from_->endless), 'x')
                              : std::exchange(from_->next, {});
    from_->produced += out.size();
    return from_->endless != 0 ? stream_state::more : from_->then;
  }
  void on_timer() override { ++from_->timers; }

 private:
  const std::shared_ptr<source> from_;
};

class streamed_answers : public ::testing::Test {
 protected:
  void start() {
    settings.http = [this](const http_request& asked, const http_reply& reply) {
      if (asked.target != "/stream") return reply({200, "text/plain", {}, "plain"});
      http_response response;
      response.content_type = "text/event-stream";
      response.stream = [from = from](http_stream_link& link) {
        return std::make_unique<fed_stream>(from, link);
      };
      reply(std::move(response));
    };
    settings.kernel_unsent_bytes = 16 * 1024;
    settings.owner = owner;
    auto opened = listener::open("127.0.0.1", 0, loop, [this](int socket, const ip_address& peer) {
      serve_connection(loop, settings, {socket, peer, nullptr});
    });
    ASSERT_TRUE(opened);
    listening = std::move(*opened);
    loop.each_tick([this] {
      open_streams = loop.counters().http_streams;
      sends_short = loop.counters().sends_short;
      output_most = std::max<std::uint64_t>(output_most, loop.counters().output_bytes);
    });
    loop.start();
  }
  void TearDown() override {
    if (listening) listening->close();
    loop.stop();
    EXPECT_EQ(from->alive, 0u);
  }
  ws_client ask(const std::string& request, int receive_buffer = 0) {
    ws_client client(listening->port(), {"", {}, receive_buffer, false});
    client.send_bytes(request);
    return client;
  }
  static std::string request(const std::string& target, const std::string& method = "GET",
                             const std::string& version = "1.1") {
    return method + ' ' + target + " HTTP/" + version + "\r\nHost: x\r\n\r\n";
  }
  // From the test's thread.
  void feed(const std::string& bytes, stream_state then = stream_state::waits) {
    {
      const std::lock_guard lock(from->mutex);
      from->next = bytes;
      from->then = then;
    }
    loop.post([from = from] {
      http_stream_link* link = nullptr;
      {
        const std::lock_guard lock(from->mutex);
        link = from->link;
      }
      if (link != nullptr) link->wake();
    });
  }
  static std::string read_until(ws_client& client, std::string_view end) {
    std::string got;
    while (!got.ends_with(end)) {
      const auto more = client.read_some();
      if (more.empty()) ADD_FAILURE() << "ended behind: " << got;
      if (more.empty()) break;
      got += more;
    }
    return got;
  }
  void wait_asked(std::size_t times) {
    ASSERT_TRUE(eventually([&] { return from->asked >= times; }));
  }

  const std::shared_ptr<source> from = std::make_shared<source>();
  const std::shared_ptr<const int> owner = std::make_shared<const int>();
  std::atomic<std::uint64_t> open_streams{0}, sends_short{0}, output_most{0};
  system_clock_source clock;
  event_loop loop{clock, 5ms};
  connection_settings settings;
  std::unique_ptr<listener> listening;
};

TEST_F(streamed_answers, come_in_chunks_as_they_are_made_and_the_connection_goes_on) {
  start();
  auto client = ask(request("/stream") + request("/plain"));
  const auto head = read_until(client, "\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")) << head;
  EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  wait_asked(1);  // which found nothing
  EXPECT_TRUE(eventually([&] { return open_streams == 1; }));
  feed("data: one\n\n");
  EXPECT_EQ(read_until(client, "\n\n\r\n"), "b\r\ndata: one\n\n\r\n");
  feed(std::string(300, 'x'));
  EXPECT_EQ(read_until(client, "x\r\n"), "12c\r\n" + std::string(300, 'x') + "\r\n");
  feed("end", stream_state::ended);
  const auto rest = read_until(client, "plain");
  EXPECT_TRUE(rest.starts_with("3\r\nend\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n")) << rest;
  EXPECT_TRUE(eventually([&] { return open_streams == 0 && from->alive == 0; }));
}

TEST_F(streamed_answers, a_client_who_does_not_read_holds_one_piece) {
  from->endless = 8'000;
  start();
  auto client = ask(request("/stream"), 4'096);
  ASSERT_TRUE(eventually([&] { return sends_short != 0; })) << "the kernel takes no more";
  EXPECT_LE(output_most, 8'000u + 16);
  // Whoever reads on gets more.
  const auto asked = from->asked.load();
  while (from->asked < asked + 100) (void)client.read_some();
}

TEST_F(streamed_answers, to_http_1_0_end_with_the_connection) {
  start();
  auto client = ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto head = read_until(client, "\r\n\r\n");
  EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nConnection: close\r\n"), std::string::npos) << head;
  wait_asked(1);
  feed("one");
  EXPECT_EQ(read_until(client, "one"), "one");
  feed("two", stream_state::ended);
  EXPECT_EQ(client.read_to_end(), "two");
}

TEST_F(streamed_answers, to_a_head_are_a_head) {
  start();
  auto client = ask(request("/stream", "HEAD") + request("/plain"));
  const auto answers = read_until(client, "plain");
  EXPECT_NE(answers.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << answers;
  EXPECT_NE(answers.find("\r\n\r\nHTTP/1.1 200 OK\r\n"), std::string::npos) << answers;
  EXPECT_EQ(from->asked, 0u);
}

TEST_F(streamed_answers, that_break_are_not_taken_for_whole) {
  start();
  for (const char* how : {"broken", "throw"}) {
    for (const char* version : {"1.1", "1.0"}) {
      const auto asked = from->asked.load();
      feed("");
      auto client = ask(request("/stream", "GET", version));
      (void)read_until(client, "\r\n\r\n");
      wait_asked(asked + 1);
      feed(how, stream_state::broken);
      std::string rest;
      bool reset = false;
      char byte;
      ssize_t got;
      while ((got = ::recv(client.socket(), &byte, 1, 0)) > 0) rest += byte;
      reset = got < 0;
      EXPECT_EQ(rest.find("0\r\n\r\n"), std::string::npos) << rest;
      EXPECT_EQ(reset, version == std::string("1.0")) << "an end would say that it is whole";
      EXPECT_TRUE(eventually([&] { return from->alive == 0; }));
    }
  }
}

TEST_F(streamed_answers, end_when_their_client_has_gone) {
  start();
  {
    auto client = ask(request("/stream"));
    (void)read_until(client, "\r\n\r\n");
    wait_asked(1);
    const linger now{1, 0};
    ASSERT_EQ(::setsockopt(client.socket(), SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
  }
  EXPECT_TRUE(eventually([&] { return from->alive == 0 && open_streams == 0; }));
}

// One who takes some of it now and then is served for as long as it takes.
TEST_F(streamed_answers, end_when_their_client_takes_nothing_for_too_long) {
  from->endless = 8'000;
  settings.stall_timeout = 100ms;
  start();
  auto client = ask(request("/stream"), 4'096);
  EXPECT_TRUE(eventually([&] { return from->asked != 0 && from->alive == 0; }));
  EXPECT_LT(from->produced, 8u << 20) << "what the kernels hold";
}

TEST_F(streamed_answers, that_wait_are_not_ended_for_it) {
  settings.stall_timeout = 20ms;
  settings.head_timeout = 20ms;
  settings.answer_timeout = 20ms;
  const auto until = clock.steady() + 300ms;
  from->timer_at = until;
  start();
  auto client = ask(request("/stream"));
  (void)read_until(client, "\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return clock.steady() >= until && from->timers != 0; }));
  feed("late", stream_state::ended);
  EXPECT_EQ(read_until(client, "0\r\n\r\n"), "4\r\nlate\r\n0\r\n\r\n");
}

TEST_F(streamed_answers, may_cut_their_connection) {
  start();
  auto client = ask(request("/stream"));
  (void)read_until(client, "\r\n\r\n");
  wait_asked(1);
  loop.post([from = from] { from->link->abort(); });
  char byte;
  EXPECT_LT(::recv(client.socket(), &byte, 1, 0), 0);
  EXPECT_TRUE(eventually([&] { return from->alive == 0; }));
}

}  // namespace
}  // namespace roomlog::testing
