// Fan-out: one publisher with a window of messages in flight, N subscribers of one room. A message
// is done when every subscriber has it and the publisher its ack; then the next one goes out.
// Prints one JSON object with deliveries per second and the time from send to last delivery.
//
//   fanout --url ws://… --token T [--connections 1000] [--in-flight 16] [--seconds 5] [--text 180]
//   fanout --url raw://… --request BYTES …        against raw_limit
//   fanout … --idle SECONDS                       only connects, subscribes to nothing, and waits
#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <iostream>
#include <random>

#include "bench/load_client.h"

namespace {

using namespace roomlog::bench;
using namespace std::chrono_literals;

struct settings {
  std::string url, token;
  std::size_t connections = 1000, in_flight = 16, text_bytes = 120, request_bytes = 0;
  double seconds = 5;
  double rate = 0;  // messages per second; 0: as fast as the window allows
};

bool is_type(std::string_view payload, std::string_view type) {
  return payload.size() > 9 + type.size() && payload.substr(9, type.size()) == type;
}

class fanout_run {
 public:
  explicit fanout_run(settings s)
      : s_(std::move(s)), client_(parse_endpoint(s_.url), load_client::waiting::spins) {}

  void prepare() {
    raw_ = parse_endpoint(s_.url).raw;
    for (std::size_t i = 0; i <= s_.connections; ++i) client_.connect(s_.token);
    std::random_device device;
    salt_ = std::to_string(device()) + std::to_string(device());
    room_ = "fan" + salt_;
    if (raw_) return;
    const std::string create = R"({"type":"create","id":1,"public":true,"room":")" + room_ +
                               R"(","cid":"c)" + salt_ + R"("})";
    client_.send(0, create);
    wait_for("ack", 1);
    for (std::size_t i = 1; i <= s_.connections; ++i) {
      client_.send(i, R"({"type":"subscribe","id":2,"room":")" + room_ + "\"}");
      if (i % 100 == 0)
        client_.poll(0ms, [&](std::size_t, std::string_view p) { live_ += is_type(p, "live"); });
    }
    wait_live();
  }

  void run() {
    const auto begin = steady::now();
    const auto end = begin + std::chrono::duration_cast<steady::duration>(
                                 std::chrono::duration<double>(s_.seconds));
    const auto on_frame = [this](std::size_t, std::string_view p) { count(p); };
    while (true) {
      const auto now = steady::now();
      const bool over = now >= end;
      if (over && open_.empty()) break;
      if (over && now >= end + 10s)
        throw std::runtime_error("messages were not delivered within 10 s");
      while (!over && open_.size() < s_.in_flight && due(begin, now)) publish();
      client_.poll(open_.empty() ? 1ms : 100ms, on_frame);
    }
    const double took = std::chrono::duration<double>(steady::now() - begin).count();
    const double p50 = percentile(done_us_, 0.5);
    std::printf(
        "{\"connections\":%zu,\"in_flight\":%zu,\"messages\":%zu,\"deliveries\":%zu,"
        "\"deliveries_per_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"frame_bytes\":%zu,"
        "\"request_bytes\":%zu}\n",
        s_.connections, s_.in_flight, sent_, deliveries_, static_cast<double>(deliveries_) / took,
        p50, percentile(done_us_, 0.99), frame_bytes_, request_.size() + 8);
  }

  void idle(double seconds) {
    for (std::size_t i = 0; i < s_.connections; ++i) client_.connect(s_.token);
    std::printf("{\"idle\":%zu}\n", s_.connections);
    std::fflush(stdout);
    const auto end = steady::now() + std::chrono::duration_cast<steady::duration>(
                                         std::chrono::duration<double>(seconds));
    while (steady::now() < end) client_.poll(100ms, [](std::size_t, std::string_view) {});
  }

 private:
  bool due(steady::time_point begin, steady::time_point now) const {
    if (s_.rate <= 0) return true;
    return static_cast<double>(sent_) <
           s_.rate * std::chrono::duration<double>(now - begin).count();
  }

  void publish() {
    if (raw_) {
      request_.assign(s_.request_bytes, 'x');
    } else {
      char cid[64];
      std::snprintf(cid, sizeof cid, "%s-%08zu", salt_.c_str(), sent_);
      request_ = R"({"type":"send","id":)" + std::to_string(10000000 + sent_) + R"(,"room":")" +
                 room_ + R"(","cid":")" + cid + R"(","text":")" + std::string(s_.text_bytes, 'x') +
                 "\"}";
    }
    open_.push_back({s_.connections + 1, steady::now()});
    ++sent_;
    client_.send(0, request_);
  }

  // Deliveries of the messages in flight are counted together: per connection they come in order,
  // so the oldest message is done when the count covers it on all of them.
  void count(std::string_view payload) {
    if (is_type(payload, "event")) {
      ++deliveries_;
      frame_bytes_ = payload.size() + 4;
    } else if (!is_type(payload, "ack")) {
      if (is_type(payload, "error")) throw std::runtime_error(std::string(payload));
      return;
    }
    ++arrived_;
    const std::size_t per_message = s_.connections + 1;
    while (!open_.empty() && arrived_ >= (finished_ + 1) * per_message) {
      done_us_.push_back(
          std::chrono::duration<double, std::micro>(steady::now() - open_.front().sent).count());
      open_.pop_front();
      ++finished_;
    }
  }

  void wait_for(std::string_view type, std::size_t n) {
    std::size_t seen = 0;
    const auto end = steady::now() + 10s;
    while (seen < n) {
      if (steady::now() > end) throw std::runtime_error("no " + std::string(type) + " within 10 s");
      client_.poll(100ms, [&](std::size_t, std::string_view p) {
        if (is_type(p, "error")) throw std::runtime_error(std::string(p));
        seen += is_type(p, type);
      });
    }
  }

  void wait_live() {
    const auto end = steady::now() + 30s;
    while (live_ < s_.connections) {
      if (steady::now() > end) throw std::runtime_error("subscriptions not live within 30 s");
      client_.poll(100ms, [&](std::size_t, std::string_view p) {
        if (is_type(p, "error")) throw std::runtime_error(std::string(p));
        live_ += is_type(p, "live");
      });
    }
  }

  struct open_message {
    std::size_t missing;
    steady::time_point sent;
  };
  settings s_;
  load_client client_;
  bool raw_ = false;
  std::string salt_, room_, request_;
  std::deque<open_message> open_;
  std::size_t sent_ = 0, finished_ = 0, arrived_ = 0, deliveries_ = 0, live_ = 0, frame_bytes_ = 0;
  std::vector<double> done_us_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"fan-out load"};
  settings s;
  double idle = 0;
  app.add_option("--url", s.url)->required();
  app.add_option("--token", s.token);
  app.add_option("--connections", s.connections);
  app.add_option("--in-flight", s.in_flight);
  app.add_option("--seconds", s.seconds);
  app.add_option("--text", s.text_bytes);
  app.add_option("--request", s.request_bytes);
  app.add_option("--rate", s.rate);
  app.add_option("--idle", idle);
  CLI11_PARSE(app, argc, argv);
  try {
    fanout_run run(s);
    if (idle > 0) {
      run.idle(idle);
      return 0;
    }
    run.prepare();
    run.run();
  } catch (const std::exception& e) {
    std::cerr << "fanout: " << e.what() << '\n';
    return 1;
  }
}
