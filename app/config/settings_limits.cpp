// The settings of what one client, one connection and the whole server may use.
#include <array>

#include "app/config/settings_tables.h"

namespace roomlog {
namespace {

using kind = setting_kind;
using namespace setting_units;

constexpr std::array table{
    setting{ROOMLOG_SETTING(limits.user_per_second), .kind = kind::integer,
            .help = "Messages of one user in a second. 0: no limit.", .min = 0, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.user_per_minute), .kind = kind::integer,
            .help = "Messages of one user in a minute. 0: no limit.", .min = 0, .max = 60'000'000},
    setting{ROOMLOG_SETTING(limits.user_commands_per_second), .kind = kind::integer,
            .help = "Commands of one user that are handed to the log in a second, messages "
                    "included, whatever becomes of them. 0: no limit.",
            .min = 0, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.user_commands_per_minute), .kind = kind::integer,
            .help = "The same in a minute. 0: no limit.", .min = 0, .max = 60'000'000},
    setting{ROOMLOG_SETTING(limits.user_append_bytes), .kind = kind::bytes,
            .help = "Bytes of the log that commands of one user take in ten seconds, whatever "
                    "becomes of them; a single command may be larger. 0: no limit.",
            .min = 0, .max = 64 * gib},
    setting{ROOMLOG_SETTING(limits.user_invites_per_minute), .kind = kind::integer,
            .help = "People whom one user names in `create` and `invite` in a minute; a `create` "
                    "that names more is refused for good. 0: no limit.",
            .min = 0, .max = 60'000'000},
    setting{ROOMLOG_SETTING(limits.user_reads_per_second), .kind = kind::integer,
            .help =
                "Reads of one user in a second: queries, reads over HTTP, and subscriptions that "
                "begin at a time or an offset. One more is rate_limited, over HTTP 429 with "
                "Retry-After. 0: no limit.",
            .min = 0, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.user_reads_waiting), .kind = kind::integer,
            .help = "Reads of one user that wait for a read thread, on all connections; one more "
                    "is answered overloaded.",
            .min = 1, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.text_code_points), .kind = kind::integer,
            .help = "Length of a message's text, in code points.", .min = 1, .max = 65'536},
    setting{ROOMLOG_SETTING(limits.content_bytes), .kind = kind::bytes,
            .help = "Text, metadata, attachments and signature of a message together, as compact "
                    "JSON.",
            .min = kib, .max = 512 * kib},
    setting{ROOMLOG_SETTING(limits.title_code_points), .kind = kind::integer,
            .help = "Length of a room's title, in code points.", .min = 1, .max = 4'096},
    setting{ROOMLOG_SETTING(limits.create_members), .kind = kind::integer,
            .help = "Members that a room can be created with; more are invited one by one.",
            .min = 1, .max = 1'000},
    setting{ROOMLOG_SETTING(limits.frame_bytes), .kind = kind::bytes,
            .help = "Largest WebSocket message that is taken from a client.", .min = kib,
            .max = 16 * mib},
    setting{ROOMLOG_SETTING(limits.connections), .kind = kind::integer,
            .help =
                "Connections at a time, over all threads; the next one is told 4001, or 503 over "
                "plain HTTP, and closed. Before a token is known one address has at most as "
                "many as are free. The limit of open files may allow fewer; the start says so.",
            .min = 1, .max = 10'000'000},
    setting{ROOMLOG_SETTING(limits.connections_per_user), .kind = kind::integer,
            .help = "WebSocket connections of one user at a time; the next one is told "
                    "`rate_limited` and closed with 4003.",
            .min = 1, .max = 10'000'000},
    setting{ROOMLOG_SETTING(limits.subscriptions), .kind = kind::integer,
            .help = "Rooms that one connection may subscribe to.", .min = 1, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.in_flight_per_connection), .kind = kind::integer,
            .help = "Commands of one connection that wait for their answer; at the bound the "
                    "connection is not read further.",
            .min = 1, .max = 65'536},
    setting{ROOMLOG_SETTING(limits.queries_per_connection), .kind = kind::integer,
            .help = "Queries of one connection that are being answered; at the bound the "
                    "connection is not read further.",
            .min = 1, .max = 1'024},
    setting{ROOMLOG_SETTING(limits.in_flight), .kind = kind::integer,
            .help = "Commands that wait for their verdict, all connections together.", .min = 1,
            .max = 16'777'216},
    setting{ROOMLOG_SETTING(limits.in_flight_bytes), .kind = kind::bytes,
            .help = "The same in bytes of memory. Of either a partition may have as much as is "
                    "free, which is half where it is alone, and a user as much as is left to the "
                    "partition, which is a third; beyond that sends are answered overloaded.",
            .min = mib, .max = 64 * gib},
    setting{ROOMLOG_SETTING(limits.ack_timeout), .kind = kind::duration,
            .help = "After how long without a verdict a send is answered unknown_outcome; also "
                    "the deadline that its record carries.",
            .min = 100, .max = 60 * second},
    setting{ROOMLOG_SETTING(limits.output_bytes), .kind = kind::bytes,
            .help = "Replies that wait to be written to one connection; above it the connection "
                    "is not read further, and a query waits until its page has room.",
            .min = 4 * kib, .max = 64 * mib},
    setting{ROOMLOG_SETTING(limits.flush_bytes), .kind = kind::bytes,
            .help = "Most that one connection hands to the kernel in one tick of the loop.",
            .min = 4 * kib, .max = 64 * mib},
    setting{ROOMLOG_SETTING(limits.page_bytes), .kind = kind::bytes,
            .help = "Records that one page of catch-up asks for.", .min = 4 * kib, .max = 16 * mib},
    setting{ROOMLOG_SETTING(limits.query_page_bytes), .kind = kind::bytes,
            .help = "JSON that one page of history, rooms or members holds, over HTTP too; it then "
                    "ends before its limit and says that there is more.",
            .min = 4 * kib, .max = 64 * mib},
    setting{ROOMLOG_SETTING(limits.query_scan_entries), .kind = kind::integer,
            .help = "Entries that one page of history, rooms or members looks at (for rooms: in "
                    "each partition); it then ends before its limit and says where to go on.",
            .min = 1, .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.kernel_unsent_bytes), .kind = kind::bytes,
            .help = "Unsent bytes that the kernel may hold for a connection (TCP_NOTSENT_LOWAT). "
                    "0: the system's own bound.",
            .min = 0, .max = 64 * mib},
    setting{ROOMLOG_SETTING(limits.room_tail_bytes), .kind = kind::bytes,
            .help = "Recent events of one room that are kept framed for its subscribers, on each "
                    "thread; who falls behind it catches up from the views.",
            .min = 4 * kib, .max = gib},
    setting{ROOMLOG_SETTING(limits.shard_tail_bytes), .kind = kind::bytes,
            .help = "The same for all rooms of one thread together.", .min = 64 * kib,
            .max = 64 * gib},
    setting{ROOMLOG_SETTING(limits.shard_inbox_bytes), .kind = kind::bytes,
            .help = "Decided events that wait for one thread; above it they are dropped there and "
                    "its connections catch up from the views.",
            .min = 64 * kib, .max = 16 * gib},
    setting{ROOMLOG_SETTING(limits.bad_frames), .kind = kind::integer,
            .help = "Bad frames in a row after which a connection is closed with 4506.", .min = 1,
            .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.http_head_bytes), .kind = kind::bytes,
            .help = "Head of an HTTP request.", .min = kib, .max = mib},
    setting{ROOMLOG_SETTING(limits.http_in_flight), .kind = kind::integer,
            .help = "HTTP requests that wait for their answer; one more is answered 503.", .min = 1,
            .max = 1'000'000},
    setting{ROOMLOG_SETTING(limits.token_checks), .kind = kind::integer,
            .help = "Tokens with public-key signatures that wait to be checked; beyond it a "
                    "connection is told 4001.",
            .min = 1, .max = 1'000'000},
};

}  // namespace

std::span<const setting> limit_settings() {
  return table;
}

}  // namespace roomlog
