#include "app/serve/admin_server.h"

#include <chrono>
#include <utility>

#include "log/base/clock.h"
#include "pushers/http/http_router.h"
#include "pushers/transport/connection_shares.h"
#include "pushers/transport/listener.h"
#include "pushers/transport/serve_connection.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds tick{100};
constexpr std::chrono::seconds idle_max{30};
constexpr std::size_t head_bytes_max = 8 * 1024;

// "The paths are /a, /b and /c"
std::string paths_of(const std::vector<admin_path>& pages) {
  std::string out = "The paths are ";
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (i != 0) out += i + 1 < pages.size() ? ", " : " and ";
    out += pages[i].path;
  }
  return out;
}

http_router router_of(const std::vector<admin_path>& pages) {
  http_router router(paths_of(pages));
  for (const auto& page : pages)
    router.add(
        "GET", page.path, [show = page.show](const routed_request& asked, const http_reply& reply) {
          reply(asked.request.has_body ? make_problem(413, {}, "This path takes no body") : show());
        });
  return router;
}

}  // namespace

class admin_server::impl {
 public:
  impl(std::size_t connections_max, const std::vector<admin_path>& pages)
      : shares_({.served_max = connections_max, .told_max = 0, .per_user_max = 1}),
        router_(router_of(pages)) {
    settings_.head_bytes_max = head_bytes_max;
    settings_.head_timeout = idle_max;
    settings_.owner = alive_;
    settings_.http = [this](http_request asked, http_reply reply) {
      router_.answer(std::move(asked), [reply = std::move(reply)](http_response answer) {
        answer.fields.emplace_back("Cache-Control", "no-store");
        reply(std::move(answer));
      });
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
  const http_router router_;
  connection_settings settings_;
  event_loop loop_{clock_, tick};
  std::unique_ptr<listener> listening_;
  endpoint where_;
};

admin_server::admin_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
admin_server::~admin_server() = default;

result<std::unique_ptr<admin_server>> admin_server::start(const admin_server_options& options,
                                                          const std::vector<admin_path>& pages) {
  auto made = std::make_unique<impl>(options.connections_max, pages);
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
