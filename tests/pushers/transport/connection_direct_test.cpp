// When a connection lets others send past it.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "pushers/transport/listener.h"
#include "pushers/transport/serve_connection.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {
namespace {

// Notes at every call whether its connection is idle: "said-" is not.
class probe_application final : public connection_application {
 public:
  probe_application(connection_link& link, direct_outputs& outputs, std::string& story)
      : link_(link), outputs_(outputs), story_(story) {}
  ~probe_application() override { note("end"); }

  void on_open() override {
    note("open");
    say("hello");
  }
  void on_message(ws_opcode, std::string_view payload) override {
    note("message");
    due_ = payload == "due";
    if (payload == "close") link_.close(1000, {});
    if (payload == "abort") link_.abort();
    if (payload == "say") say("hi");
    note("done");
  }
  bool takes_binary() const override { return false; }
  bool wants_input() const override { return true; }
  bool answers_due() const override {
    if (due_) note("due");
    return due_;
  }
  void on_drained() override { note("drained"); }
  output_source* source() override { return nullptr; }

 private:
  void note(std::string_view what) const {
    story_ += what;
    story_ += outputs_.is_idle(link_.place_for_direct()) ? "+ " : "- ";
  }
  void say(std::string_view text) {
    link_.output().append(ws_opcode::text, text);
    link_.wake();
  }

  connection_link& link_;
  direct_outputs& outputs_;
  std::string& story_;
  bool due_ = false;
};

struct connection_direct : ::testing::Test {
  void SetUp() override {
    settings.close_wait = std::chrono::milliseconds(20);
    settings.make_application = [this](connection_link& link, const upgrade_request&) {
      return std::make_unique<probe_application>(link, loop.direct(), story);
    };
    auto opened = listener::open("127.0.0.1", 0, loop, [this](int socket, const ip_address& peer) {
      serve_connection(loop, settings, {socket, peer, nullptr});
    });
    ASSERT_TRUE(opened);
    listening = std::move(*opened);
    loop.start();
    client = ws_client(listening->port(), {"/", {}});
    EXPECT_EQ(client.next_frame()->payload, "hello");
  }
  // What the application noted until its connection had ended.
  std::string noted() {
    while (client.next_frame()) {
    }
    listening->close();
    loop.stop();
    return story;
  }

  system_clock_source clock;
  event_loop loop{clock, std::chrono::milliseconds(10)};
  connection_settings settings;
  std::unique_ptr<listener> listening;
  std::string story;
  ws_client client;
};

TEST_F(connection_direct, not_while_output_waits_nor_after_its_own_close) {
  client.send_text("say");
  EXPECT_EQ(client.next_frame()->payload, "hi");
  client.send_text("close");
  EXPECT_EQ(noted(), "open- drained+ message+ done- drained+ message+ done- end- ");
}

TEST_F(connection_direct, not_after_it_was_cut) {
  client.send_text("abort");
  EXPECT_EQ(noted(), "open- drained+ message+ done- end- ");
}

TEST_F(connection_direct, not_after_the_peers_close_while_answers_are_due) {
  client.send_text("due");
  client.send_close(1000);
  const auto all = noted();
  EXPECT_TRUE(all.starts_with("open- drained+ message+ done+ due- ")) << all;
  EXPECT_EQ(all.find("due+"), all.npos) << all;
}

TEST_F(connection_direct, not_after_the_end_of_the_peers_input_while_answers_are_due) {
  client.send_text("due");
  ::shutdown(client.socket(), SHUT_WR);
  const auto all = noted();
  EXPECT_TRUE(all.starts_with("open- drained+ message+ done+ due- ")) << all;
  EXPECT_EQ(all.find("due+"), all.npos) << all;
}

}  // namespace
}  // namespace roomlog::testing
