// A TCP proxy before one broker that knows Kafka's frames well enough to hold Produce requests, to
// let them go, to answer them with an error of its own, or to lose their answers; and to change a
// byte of what is fetched.
//
// Frames: 4 bytes of length; a request begins with api key, api version (2 bytes each) and the
// correlation id (4), a response with the correlation id (kafka.apache.org/protocol).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace roomlog::testing {

// Thread-safe. Lets everything through at first.
class broker_proxy {
 public:
  broker_proxy();
  ~broker_proxy();
  broker_proxy(const broker_proxy&) = delete;
  broker_proxy& operator=(const broker_proxy&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // HOST:PORT; before anybody connects.
  void set_broker(const std::string& address);

  // Everything as at first.
  void reset();
  // Produce requests stop here …
  void hold_produce();
  // … and this waits until one has.
  bool wait_until_held();
  void release_produce();
  // From now on they do not reach the broker; this error code is their answer.
  void fail_produce(std::int16_t error_code);
  // The next `count` reach the broker, and this error code is the answer all the same.
  void misreport_produce(std::int16_t error_code, int count);
  // The next `count` do not reach the broker; this error code is their answer.
  void refuse_produce(std::int16_t error_code, int count);
  // The next `count` reach the broker, and instead of its answer the connection breaks.
  void lose_produce_answers(int count);
  // The next `count` answers with these bytes in them have one bit of those changed.
  void spoil_answers(const std::string& with, int count);
  // No request of any kind reaches the broker until this is over.
  void hold_everything();
  void release_everything();
  // All connections break; new ones are possible.
  void break_connections();

 private:
  struct connection;
  void accept_all();
  void pump_requests(const std::shared_ptr<connection>& one);
  void pump_responses(const std::shared_ptr<connection>& one);
  void spoil(std::string& frame);
  // False where the request was dealt with here.
  bool pass_produce(connection& one, const std::string& frame);

  int listener_ = -1;
  int port_ = 0;
  std::uint16_t broker_port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, all_held_ = false, ending_ = false;
  int waiting_ = 0, lose_ = 0;
  std::int16_t error_code_ = 0;
  struct some_errors {
    std::int16_t code = 0;
    int count = 0;
  };
  some_errors misreport_, refuse_;
  std::string spoiled_;
  int spoil_ = 0;
  std::vector<std::weak_ptr<connection>> connections_;
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace roomlog::testing
