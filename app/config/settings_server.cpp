// The settings of a server as a process: its data, its addresses, its life.
#include <array>

#include "app/config/settings_tables.h"

namespace roomlog {
namespace {

using kind = setting_kind;
using namespace setting_units;

constexpr std::array table{
    setting{ROOMLOG_SETTING(data.dir), .kind = kind::path,
            .help = "The data directory: log, state, the gateway's id and its own token key. Made "
                    "with mode 0700 where it is missing.",
            .flag = "--data"},

    setting{ROOMLOG_SETTING(server.roles), .kind = kind::list,
            .help = "What this process does. ingress takes commands, pusher has sessions and "
                    "delivers, projector builds views and serves them over HTTP. All of them, or "
                    "on Kafka any of: ingress,pusher; pusher; projector; pusher,projector.",
            .choices = "ingress pusher projector", .flag = "--roles"},
    setting{ROOMLOG_SETTING(server.gateway_id), .kind = kind::text,
            .help = "Under which name this server appends, 1 to 64 of the characters 0x21-0x7E; no "
                    "two servers may have the same. Empty: the one that it made for itself in its "
                    "data directory."},
    setting{ROOMLOG_SETTING(server.ready_lag), .kind = kind::integer,
            .help =
                "Records of a partition, of those that the log held at the start, that may still "
                "have to be read when a server says that it is ready.",
            .min = 0, .max = 1'000'000'000},
    setting{ROOMLOG_SETTING(server.listen), .kind = kind::endpoint,
            .help =
                "Address and port for clients; port 0 takes a free one, the host * every address. "
                "IPv6 in brackets.",
            .flag = "--listen"},
    setting{ROOMLOG_SETTING(server.admin_listen), .kind = kind::endpoint,
            .help = "Address and port of /livez, /readyz, /metrics and /version. Keep it away "
                    "from the public network.",
            .flag = "--admin-listen"},
    setting{ROOMLOG_SETTING(server.trusted_proxies), .kind = kind::addresses,
            .help = "Addresses and networks of the proxies in front of this server, as in "
                    "10.0.0.0/8,2001:db8::7. Of what they forward, X-Forwarded-For or Forwarded "
                    "names the client. Empty: none; the peer is the client."},
    setting{ROOMLOG_SETTING(server.threads), .kind = kind::integer,
            .help = "Event loop threads, each with its own connections.", .min = 1, .max = 256,
            .flag = "--threads"},
    setting{ROOMLOG_SETTING(server.reader_threads), .kind = kind::integer,
            .help = "Threads that read history and views, away from the event loops.", .min = 1,
            .max = 256},
    setting{ROOMLOG_SETTING(server.ping_ms), .kind = kind::duration,
            .help = "How often a connection is pinged; one that leaves a ping unanswered for two "
                    "such times is gone.",
            .min = 100, .max = 60 * second},
    setting{ROOMLOG_SETTING(server.slow_ping), .kind = kind::duration,
            .help = "The same for a connection that had output waiting in the last minute: time "
                    "to answer a ping behind it.",
            .min = second, .max = 3600 * second},
    setting{ROOMLOG_SETTING(server.no_progress), .kind = kind::duration,
            .help = "How long a peer's kernel may acknowledge nothing of what was sent before the "
                    "peer is gone.",
            .min = second, .max = 3600 * second},
    setting{ROOMLOG_SETTING(server.auth_timeout), .kind = kind::duration,
            .help = "How long a connection may be open without a token.", .min = 100,
            .max = 60 * second},
    setting{ROOMLOG_SETTING(server.http_timeout), .kind = kind::duration,
            .help = "How long a peer may take for the head of an HTTP request.", .min = 100,
            .max = 600 * second},
    setting{ROOMLOG_SETTING(server.close_wait), .kind = kind::duration,
            .help = "How long a close waits for the peer's answer.", .min = 10, .max = 60 * second},
    setting{ROOMLOG_SETTING(server.drain_notice), .kind = kind::duration,
            .help = "At SIGTERM: the time between the drain frames and the close of connections, "
                    "so that clients can move to another server.",
            .min = 0, .max = 600 * second},
    setting{ROOMLOG_SETTING(server.drain), .kind = kind::duration,
            .help = "At SIGTERM: the time after which the server ends, whatever is still open. A "
                    "second signal ends it at once.",
            .min = 100, .max = 3600 * second},
};

}  // namespace

std::span<const setting> server_settings() {
  return table;
}

}  // namespace roomlog
