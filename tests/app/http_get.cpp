#include "tests/app/http_get.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "app/config/endpoint.h"

namespace roomlog::testing {
namespace {

constexpr timeval patience{20, 0};

std::string exchange(int fd, const sockaddr_in& address, const std::string& request) {
  std::string out;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size())) {
    return out;
  }
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return out;
}

}  // namespace

http_answer http_get(const std::string& base, const std::string& path, const std::string& method,
                     const std::string& token) {
  const auto where = parse_endpoint(std::string_view(base).substr(sizeof "http://" - 1));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where->port);
  ::inet_pton(AF_INET, where->host.c_str(), &address.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string identity = token.empty() ? "" : "Authorization: Bearer " + token + "\r\n";
  const std::string answer = exchange(
      fd, address,
      method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + identity + "Connection: close\r\n\r\n");
  ::close(fd);
  const auto end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || end == std::string::npos) return {};
  return {std::stoi(answer.substr(9, 3)), answer.substr(0, end), answer.substr(end + 4)};
}

}  // namespace roomlog::testing
