// The settings of the log, of Kafka, and of the fold and its views.
#include <algorithm>
#include <array>

#include "app/config/settings_tables.h"
#include "projections/views/view_registry.h"

namespace roomlog {
namespace {

using kind = setting_kind;
using namespace setting_units;

constexpr std::array table{
    setting{ROOMLOG_SETTING(log.engine), .kind = kind::choice,
            .help = "embedded keeps the log on this machine's disk; memory forgets it at the end, "
                    "for trying things out and for tests; kafka shares it with other servers.",
            .choices = "embedded memory kafka", .flag = "--log"},
    setting{ROOMLOG_SETTING(log.partitions), .kind = kind::integer,
            .help = "Partitions of a new log; fixed for its life. 0 takes an existing log as it "
                    "is, and gives a new one 8. On Kafka the topic has them, and a start with "
                    "others is refused.",
            .min = 0, .max = 1024, .flag = "--partitions"},
    setting{ROOMLOG_SETTING(log.queue_bytes), .kind = kind::bytes,
            .help = "Bytes that may wait to be written. From half of it on, sends are answered "
                    "overloaded; on Kafka those to a partition that has more of it than is free.",
            .min = mib, .max = gib},
    setting{ROOMLOG_SETTING(log.group_bytes), .kind = kind::bytes,
            .help = "Most that one durable write takes.", .min = 4 * kib, .max = 64 * mib},
    setting{ROOMLOG_SETTING(log.write_buffer_bytes), .kind = kind::bytes,
            .help =
                "Records that stay in memory before they are sorted onto the disk, and so about "
                "how much a start after a crash reads back.",
            .min = mib, .max = 4 * gib},
    setting{ROOMLOG_SETTING(log.tail_bytes), .kind = kind::bytes,
            .help = "Recent records of each partition that are kept in memory for all readers.",
            .min = 64 * kib, .max = 16 * gib},

    setting{ROOMLOG_SETTING(kafka.brokers), .kind = kind::text,
            .help = "HOST:PORT of some of the brokers, separated by commas.", .flag = "--kafka"},
    setting{ROOMLOG_SETTING(kafka.topic_prefix), .kind = kind::text,
            .help = "The topics are PREFIX.events and PREFIX.signals."},
    setting{ROOMLOG_SETTING(kafka.allow_unsafe_topic), .kind = kind::boolean,
            .help = "Whether topics with fewer than three replicas or two in sync are taken. One "
                    "broken disk may then lose what was acknowledged.",
            .flag = "--allow-unsafe-topic"},
    setting{ROOMLOG_SETTING(kafka.open_wait), .kind = kind::duration,
            .help = "How long a start waits for the brokers.", .min = 100, .max = 600 * second},
    setting{ROOMLOG_SETTING(kafka.not_ready_after), .kind = kind::duration,
            .help = "How long no broker may have answered until /readyz says that this server is "
                    "not ready, so that new clients are led elsewhere; longer than brokers take "
                    "for a new leader. Clients that are here stay. 0: it stays ready.",
            .max = 3'600 * second},

    setting{ROOMLOG_SETTING(fold.views), .kind = kind::list,
            .help = "The views that are kept here and served over HTTP: history, and rooms with "
                    "their members (needs history). One that is new is built beside the running "
                    "server, one that is no longer named is removed. Without history it is read "
                    "from the log itself, without rooms they cannot be listed. Empty is for a "
                    "gateway only."},  // its choices: log_settings()
    setting{ROOMLOG_SETTING(fold.partitions), .kind = kind::ranges,
            .help = "The share of a projector: the partitions that it keeps views of, as in 0-3,7. "
                    "Empty: all."},
    setting{ROOMLOG_SETTING(fold.threads), .kind = kind::integer,
            .help = "Threads that decide records; each partition has one of them.", .min = 1,
            .max = 256},
    setting{ROOMLOG_SETTING(fold.read_bytes), .kind = kind::bytes,
            .help = "Bytes of the log that are decided and committed in one go, at most.",
            .min = 64 * kib, .max = 64 * mib},
    setting{ROOMLOG_SETTING(fold.cache_bytes), .kind = kind::bytes,
            .help = "Memory for the state and the views in front of the disk: half for decoded "
                    "records, half for the database's block cache.",
            .min = 8 * mib, .max = 1024 * gib},
    setting{ROOMLOG_SETTING(fold.wait), .kind = kind::duration,
            .help = "How long a query waits for a view to reach what its client has seen, and a "
                    "read for the fold to reach the log's end.",
            .min = 10, .max = 60 * second},
};

}  // namespace

std::span<const setting> log_settings() {
  static const auto rows = [] {
    auto all = table;
    std::ranges::find(all, "fold.views", &setting::name)->choices = view_names();
    return all;
  }();
  return rows;
}

}  // namespace roomlog
