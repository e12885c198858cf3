#include "app/serve/admin_server.h"

#include <chrono>
#include <utility>

#include "log/base/clock.h"
#include "pushers/transport/connection_shares.h"
#include "pushers/transport/listener.h"
#include "pushers/transport/request_rules.h"
#include "pushers/transport/serve_connection.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds tick{100};
constexpr std::chrono::seconds idle_max{30};
constexpr std::size_t head_bytes_max = 8 * 1024;

http_response respond(const http_request& asked, const admin_server::handler& answers) {
  http_response out;
  if (asked.method != "GET" && asked.method != "HEAD") {
    out = make_problem(405, {}, "This path is read only");
    out.fields.emplace_back("Allow", "GET, HEAD");
  } else if (asked.has_body) {
    out = make_problem(413, {}, "This path takes no body");
  } else {
    out = answers(path_of(asked.target));
  }
  out.fields.emplace_back("Cache-Control", "no-store");
  return out;
}

}  // namespace

class admin_server::impl {
 public:
  impl(std::size_t connections_max, handler answers)
      : shares_({.served_max = connections_max, .told_max = 0, .per_user_max = 1}) {
    settings_.head_bytes_max = head_bytes_max;
    settings_.head_timeout = idle_max;
    settings_.owner = alive_;
    settings_.http = [answers = std::move(answers)](const http_request& asked,
                                                    const http_reply& reply) {
      reply(respond(asked, answers));
    };
  }
  ~impl() { stop(); }

  result<> listen(const endpoint& wanted) {
    auto opened =
        listener::open(wanted.host, wanted.port, loop_,
                       [this](int socket, const ip_address& peer) { take(socket, peer); });
    if (!opened) return error{errc::unavailable, "server.admin_listen: " + opened.error().text};
    listening_ = std::move(*opened);
    where_ = {wanted.host, listening_->port()};
    loop_.start();
    return {};
  }

  void stop() {
    if (listening_) listening_->close();
    loop_.stop();
  }

  const endpoint& where() const { return where_; }

 private:
  void take(int socket, const ip_address& peer) {
    accepted_client client{socket, peer, shares_.enter(peer)};
    if (!client.place) return turn_away(socket);
    serve_connection(loop_, settings_, std::move(client));
  }

  const system_clock_source clock_;
  const std::shared_ptr<const int> alive_ = std::make_shared<const int>();
  connection_shares shares_;
  connection_settings settings_;
  event_loop loop_{clock_, tick};
  std::unique_ptr<listener> listening_;
  endpoint where_;
};

admin_server::admin_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
admin_server::~admin_server() = default;

result<std::unique_ptr<admin_server>> admin_server::start(const admin_server_options& options,
                                                          handler answers) {
  auto made = std::make_unique<impl>(options.connections_max, std::move(answers));
  if (auto listening = made->listen(options.where); !listening) return listening.error();
  return std::unique_ptr<admin_server>(new admin_server(std::move(made)));
}

const endpoint& admin_server::where() const {
  return impl_->where();
}
void admin_server::stop() {
  impl_->stop();
}

}  // namespace roomlog
