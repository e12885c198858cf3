#include "tests/kafka/broker_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>

namespace roomlog::testing {
namespace {

constexpr std::int16_t produce_key = 0;
constexpr std::chrono::seconds deadline{30};

// Big-endian integers of a frame, in order.
class frame_reader {
 public:
  explicit frame_reader(const std::string& frame) : frame_(frame) {}
  template <class T>
  T take() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = value << 8 | static_cast<unsigned char>(frame_.at(at_++));
    }
    return static_cast<T>(value);
  }
  std::string take_string() {
    const auto size = take<std::int16_t>();
    if (size < 0) return {};
    at_ += static_cast<std::size_t>(size);
    return frame_.substr(at_ - static_cast<std::size_t>(size), static_cast<std::size_t>(size));
  }
  void skip_bytes() {
    const auto size = take<std::int32_t>();
    if (size > 0) at_ += static_cast<std::size_t>(size);
  }

 private:
  const std::string& frame_;
  std::size_t at_ = 0;
};

template <class T>
void put(std::string& to, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    to.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

// The answer to a Produce request of version 3 to 7 that refuses every partition in it.
std::string refusal(const std::string& request, std::int16_t error_code) {
  frame_reader in(request);
  (void)in.take<std::int16_t>();
  const auto version = in.take<std::int16_t>();
  std::string out;
  put(out, in.take<std::int32_t>());  // correlation id
  (void)in.take_string();             // client id
  (void)in.take_string();             // transactional id
  (void)in.take<std::int16_t>();      // acks
  (void)in.take<std::int32_t>();      // timeout
  const auto topics = in.take<std::int32_t>();
  put(out, topics);
  for (int t = 0; t < topics; ++t) {
    const auto name = in.take_string();
    put(out, static_cast<std::int16_t>(name.size()));
    out += name;
    const auto partitions = in.take<std::int32_t>();
    put(out, partitions);
    for (int p = 0; p < partitions; ++p) {
      put(out, in.take<std::int32_t>());
      in.skip_bytes();
      put(out, error_code);
      put(out, std::int64_t{-1});                    // base offset
      put(out, std::int64_t{-1});                    // append time
      if (version >= 5) put(out, std::int64_t{-1});  // log start
    }
  }
  put(out, std::int32_t{0});  // throttle time
  return out;
}

std::int32_t correlation_id(const std::string& request) {
  frame_reader in(request);
  (void)in.take<std::int32_t>();  // api key and version
  return in.take<std::int32_t>();
}

bool read_all(int from, char* to, std::size_t size) {
  while (size > 0) {
    const auto got = ::recv(from, to, size, 0);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<std::string> read_frame(int from) {
  std::string size(4, '\0');
  if (!read_all(from, size.data(), 4)) return std::nullopt;
  std::string frame(frame_reader(size).take<std::uint32_t>(), '\0');
  if (!read_all(from, frame.data(), frame.size())) return std::nullopt;
  return frame;
}

bool write_frame(int to, const std::string& frame) {
  std::string out;
  put(out, static_cast<std::uint32_t>(frame.size()));
  out += frame;
  std::size_t done = 0;
  while (done < out.size()) {
    const auto sent = ::send(to, out.data() + done, out.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

void without_delay(int socket) {
  const int on = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // only slower without
}

}  // namespace

struct broker_proxy::connection {
  connection(int c, int b) : client(c), broker(b) {}
  ~connection() {
    ::close(client);
    ::close(broker);
  }
  void end() {
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(broker, SHUT_RDWR);
  }
  const int client, broker;
  std::mutex writing;                           // to the client; and of what follows
  std::map<std::int32_t, std::string> instead;  // of the broker's answer, by correlation id
  std::atomic<int> lose{0};
};

broker_proxy::broker_proxy() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("broker_proxy: no port");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

broker_proxy::~broker_proxy() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  break_connections();
  for (auto& pump : pumps_) pump.join();
  ::close(listener_);
}

void broker_proxy::set_broker(const std::string& address) {
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const std::lock_guard lock(mutex_);
  broker_port_ = port;
}

void broker_proxy::reset() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  all_held_ = false;
  error_code_ = 0;
  lose_ = 0;
  misreport_ = refuse_ = {};
  spoil_ = 0;
  changed_.notify_all();
}

void broker_proxy::hold_produce() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

bool broker_proxy::wait_until_held() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return held_ && waiting_ > 0; });
}

void broker_proxy::release_produce() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void broker_proxy::fail_produce(std::int16_t error_code) {
  const std::lock_guard lock(mutex_);
  error_code_ = error_code;
}

void broker_proxy::lose_produce_answers(int count) {
  const std::lock_guard lock(mutex_);
  lose_ = count;
}

void broker_proxy::misreport_produce(std::int16_t error_code, int count) {
  const std::lock_guard lock(mutex_);
  misreport_ = {error_code, count};
}

void broker_proxy::refuse_produce(std::int16_t error_code, int count) {
  const std::lock_guard lock(mutex_);
  refuse_ = {error_code, count};
}

void broker_proxy::spoil_answers(const std::string& with, int count) {
  const std::lock_guard lock(mutex_);
  spoiled_ = with;
  spoil_ = count;
}

void broker_proxy::hold_everything() {
  const std::lock_guard lock(mutex_);
  all_held_ = true;
}

void broker_proxy::release_everything() {
  const std::lock_guard lock(mutex_);
  all_held_ = false;
  changed_.notify_all();
}

void broker_proxy::break_connections() {
  const std::lock_guard lock(mutex_);
  for (const auto& weak : connections_) {
    if (const auto one = weak.lock()) one->end();
  }
  connections_.clear();
}

void broker_proxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    const int broker = ending_ ? -1 : connect_to(broker_port_);
    if (broker < 0) {
      ::close(client);
      continue;
    }
    without_delay(client);
    without_delay(broker);
    const auto one = std::make_shared<connection>(client, broker);
    connections_.push_back(one);
    pumps_.emplace_back([this, one] { pump_requests(one); });
    pumps_.emplace_back([this, one] { pump_responses(one); });
  }
}

void broker_proxy::pump_requests(const std::shared_ptr<connection>& one) {
  while (const auto frame = read_frame(one->client)) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !all_held_ || ending_; });
    }
    const bool is_produce = frame_reader(*frame).take<std::int16_t>() == produce_key;
    if (is_produce && !pass_produce(*one, *frame)) continue;
    if (!write_frame(one->broker, *frame)) break;
  }
  one->end();
}

bool broker_proxy::pass_produce(connection& one, const std::string& frame) {
  std::int16_t error_code = 0, misreported = 0;
  {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_ || ending_; });
    --waiting_;
    error_code = error_code_;
    if (error_code == 0 && refuse_.count > 0) {
      --refuse_.count;
      error_code = refuse_.code;
    } else if (error_code == 0 && misreport_.count > 0) {
      --misreport_.count;
      misreported = misreport_.code;
    } else if (error_code == 0 && lose_ > 0) {
      --lose_;
      ++one.lose;
    }
  }
  if (error_code == 0 && misreported == 0) return true;
  const std::lock_guard lock(one.writing);
  if (misreported != 0) {
    one.instead[correlation_id(frame)] = refusal(frame, misreported);
    return true;
  }
  (void)write_frame(one.client, refusal(frame, error_code));  // a client that left needs none
  return false;
}

void broker_proxy::spoil(std::string& frame) {
  const std::lock_guard lock(mutex_);
  const auto at = spoil_ > 0 ? frame.find(spoiled_) : std::string::npos;
  if (at == std::string::npos) return;
  --spoil_;
  frame[at] = static_cast<char>(frame[at] ^ 1);
}

void broker_proxy::pump_responses(const std::shared_ptr<connection>& one) {
  while (auto frame = read_frame(one->broker)) {
    if (one->lose > 0) break;
    spoil(*frame);
    const std::lock_guard lock(one->writing);
    const auto other = one->instead.find(frame_reader(*frame).take<std::int32_t>());
    const bool written =
        write_frame(one->client, other == one->instead.end() ? *frame : other->second);
    if (other != one->instead.end()) one->instead.erase(other);
    if (!written) break;
  }
  one->end();
}

}  // namespace roomlog::testing
