#include "pushers/transport/socket_facts.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace roomlog {

void set_output_options(int socket, std::size_t unsent_bytes) {
  const int on = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (unsent_bytes == 0) return;
  const int bytes = static_cast<int>(unsent_bytes);
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

peer_progress progress_of(int socket, bool held_back) {
  peer_progress progress;
  int queued = 0;
  if (::ioctl(socket, SIOCOUTQ, &queued) == 0 && queued > 0)
    progress.unacknowledged = static_cast<std::size_t>(queued);
  if (progress.unacknowledged == 0 && !held_back) return progress;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return progress;
  progress.since_ack = std::chrono::milliseconds(info.tcpi_last_ack_recv);
  if (held_back) progress.since_data = std::chrono::milliseconds(info.tcpi_last_data_recv);
  return progress;
}

bool is_reset(int socket) {
  pollfd asked{socket, 0, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLERR | POLLHUP)) != 0;
}

bool discard_readable(int socket) {
  ssize_t got;
  do {
    // On TCP, MSG_TRUNC drops what would be copied (tcp(7)).
    got = ::recv(socket, nullptr, discard_bytes_max, MSG_DONTWAIT | MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace roomlog
