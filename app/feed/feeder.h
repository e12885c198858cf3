// Runs a feed: hands the plan's lines to the lanes of their nicks, in order, as fast as the order,
// the rate and the answers allow.
//
//   plan ─► feeder ─► lane (a nick) ─► client (a connection) ─► server
//              ▲          │
//              └─settled──┘
//
// One thread. Ordered, a line is handed out when everything before it is settled, or when it
// follows a line of the same nick that is on its way, which it then names.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "app/feed/feed.h"
#include "app/feed/feed_connections.h"
#include "app/feed/feed_encoding.h"
#include "app/feed/feed_lane.h"
#include "app/feed/feed_plan.h"
#include "app/feed/feed_results.h"
#include "ingress/auth/jwk_key.h"

namespace roomlog {

class feeder final : private feed_lane_host {
 public:
  feeder(const feed_options& options, const feed_plan& plan, client::target target, key_ptr key,
         std::ostream& err);

  // Once. Everything is settled, or the report says why it stopped.
  exit_code run();
  const feed_summary& report() const { return results_.report; }

 private:
  using steady = std::chrono::steady_clock;

  // feed_lane_host
  boost::asio::io_context& io() override { return io_; }
  void added() override { ++open_commands_; }
  void want_connection(feed_lane& lane) override { connections_.want(lane); }
  void sent() override { ++results_.report.commands_sent; }
  void retrying(const std::string& code, const std::string& message) override {
    results_.retrying(code, message);
  }
  std::chrono::milliseconds backoff(unsigned attempt) override {
    return connections_.backoff(attempt);
  }
  void opened(feed_lane& lane) override { connections_.opened(lane); }
  void encode(const feed_lane&, const feed_command& command, std::uint64_t id,
              std::string& out) override {
    encode_feed_command(plan_, options_.room, command, id, out);
  }
  void lost(feed_lane& lane, const client::closing& why, bool had_work) override;
  void settled(feed_lane& lane, const feed_command& command, const feed_outcome& how) override;
  void batch_done(feed_lane& lane) override;

  void connect(feed_lane& lane);
  void show_trouble(const feed_lane& lane, const client::closing& why);
  void advance();
  bool may_hand_out(const feed_item& item, steady::time_point now);
  void hand_out();
  feed_lane& lane_of(const feed_item& item);
  void connect_ahead();
  void every_second();
  void show_progress();
  void stop(exit_code code, const std::string& why);
  void finish();

  const feed_options& options_;
  const feed_plan& plan_;
  client::target target_;
  key_ptr key_;
  std::ostream& err_;
  boost::asio::io_context io_;
  feed_connections connections_;
  std::vector<std::unique_ptr<feed_lane>> lanes_;  // by nick, made when first needed
  feed_lane owner_;
  boost::asio::steady_timer second_, pace_;
  feed_results results_;
  bool ended_ = false;
  std::size_t next_ = 0;  // item
  std::size_t connected_ahead_ = 0;
  std::size_t open_commands_ = 0;
  feed_lane* last_lane_ = nullptr;
  std::string last_cid_;
  steady::time_point started_{}, last_progress_{}, next_due_{}, last_trouble_shown_{};
  exit_code code_ = exit_code::done;
};

}  // namespace roomlog
