// Acknowledgements: N connections in their own rooms, one send open each. Prints one JSON object
// with acks per second and the time from send to ack.
//
//   acks --url ws://… --token T [--connections 16] [--seconds 5] [--text 200]
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <random>

#include "bench/load_client.h"

namespace {

using namespace roomlog::bench;
using namespace std::chrono_literals;

struct settings {
  std::string url, token;
  std::size_t connections = 16, text_bytes = 120;
  double seconds = 5;
};

bool is_type(std::string_view payload, std::string_view type) {
  return payload.size() > 9 + type.size() && payload.substr(9, type.size()) == type;
}

class ack_run {
 public:
  explicit ack_run(settings s) : s_(std::move(s)), client_(parse_endpoint(s_.url)) {
    std::random_device device;
    salt_ = std::to_string(device()) + std::to_string(device());
  }

  void run() {
    for (std::size_t i = 0; i < s_.connections; ++i) {
      client_.connect(s_.token);
      client_.send(
          i, R"({"type":"create","id":1,"public":true,"room":")" + room(i) + R"(","cid":"c"})");
    }
    sent_at_.resize(s_.connections);
    std::size_t created = 0;
    while (created < s_.connections) {
      client_.poll(1000ms, [&](std::size_t, std::string_view p) { created += acked(p); });
    }
    begin_ = steady::now();
    end_ = begin_ +
           std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(s_.seconds));
    for (std::size_t i = 0; i < s_.connections; ++i) publish(i);
    while (steady::now() < end_) {
      client_.poll(100ms, [this](std::size_t i, std::string_view p) {
        if (!acked(p)) return;
        us_.push_back(
            std::chrono::duration<double, std::micro>(steady::now() - sent_at_[i]).count());
        publish(i);
      });
    }
    const double took = std::chrono::duration<double>(steady::now() - begin_).count();
    const double rate = static_cast<double>(us_.size()) / took;
    const double p50 = percentile(us_, 0.5);
    std::printf(
        "{\"connections\":%zu,\"acks\":%zu,\"acks_per_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n",
        s_.connections, us_.size(), rate, p50, percentile(us_, 0.99));
  }

 private:
  static bool acked(std::string_view p) {
    if (is_type(p, "error")) throw std::runtime_error(std::string(p));
    return is_type(p, "ack");
  }
  std::string room(std::size_t i) const { return "ack" + salt_ + "-" + std::to_string(i); }
  void publish(std::size_t i) {
    text_ = R"({"type":"send","id":2,"room":")" + room(i) + R"(","cid":")" +
            std::to_string(number_++) + R"(","text":")" + std::string(s_.text_bytes, 'x') + "\"}";
    sent_at_[i] = steady::now();
    client_.send(i, text_);
  }

  settings s_;
  load_client client_;
  std::string salt_, text_;
  std::vector<steady::time_point> sent_at_;
  std::vector<double> us_;
  std::size_t number_ = 0;
  steady::time_point begin_, end_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"ack load"};
  settings s;
  app.add_option("--url", s.url)->required();
  app.add_option("--token", s.token)->required();
  app.add_option("--connections", s.connections);
  app.add_option("--seconds", s.seconds);
  app.add_option("--text", s.text_bytes);
  CLI11_PARSE(app, argc, argv);
  try {
    ack_run(s).run();
  } catch (const std::exception& e) {
    std::cerr << "acks: " << e.what() << '\n';
    return 1;
  }
}
