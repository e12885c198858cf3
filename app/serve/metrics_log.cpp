// What the log says of itself.
#include "app/serve/metrics_parts.h"

namespace roomlog::metrics {
namespace {

void add_kafka(metrics_families& out, const log_stats& log) {
  out.counter("roomlog_log_producers_total", "Kafka: producers made, one after each fatal error.",
              number(log.producers_made));
  out.counter("roomlog_log_broker_errors_total",
              "Kafka: lost connections and what brokers refused.", number(log.broker_errors));
  out.gauge("roomlog_log_unread_records",
            "Kafka: records that brokers have and this process has not got, every 5 s.",
            number(log.unread_records));
  out.gauge("roomlog_log_silent_seconds",
            "Kafka: since a broker last answered, where none does; 0 while one does.",
            std::chrono::duration<double>(log.silent_for).count());
  out.gauge("roomlog_log_partitions_without_leader",
            "Kafka: partitions that no broker leads, as brokers said last.",
            number(log.leaderless.size()));
  const char* failed = "Kafka: append calls that failed, by what is known of their records.";
  out.counter("roomlog_log_appends_failed_total", failed, number(log.unknown_appends),
              {{"records", "unknown"}});
  out.counter("roomlog_log_appends_failed_total", "", number(log.unsent_appends),
              {{"records", "never_sent"}});
}

}  // namespace

void add_log(metrics_families& out, const metrics_snapshot& now) {
  out.gauge("roomlog_log_failed", "1 once the log takes no more appends.", now.log_failed);
  out.gauge("roomlog_log_queue_bytes", "Bytes that wait to be written.",
            number(now.log_load.bytes));
  out.gauge("roomlog_log_queue_bytes_max", "Their bound, log.queue_bytes.",
            number(now.log_load.bytes_max));
  const log_stats& log = now.log;
  out.counter("roomlog_log_groups_total", "Durable writes.", number(log.groups));
  out.counter("roomlog_log_appends_total", "Append calls in them.", number(log.appends));
  out.counter("roomlog_log_records_total", "Records in them.", number(log.records));
  out.counter("roomlog_log_bytes_total", "Keys and values in them.", number(log.bytes));
  out.histogram("roomlog_log_group_write_seconds", "From hand-over to the storage until durable.",
                log.group_write);
  out.counter("roomlog_log_reads_total", "Reads of the log, by where they were answered from.",
              number(log.tail_reads), {{"from", "tail"}});
  out.counter("roomlog_log_reads_total", "", number(log.storage_reads), {{"from", "storage"}});
  out.counter("roomlog_log_refused_full_total", "Appends refused because the queue was full.",
              number(log.refused_full));
  out.gauge("roomlog_log_tail_bytes", "Memory of the shared tails.", number(log.tail_bytes));
  out.gauge("roomlog_log_recovered_records", "Records read back from the WAL at start.",
            number(log.recovered_records));
  out.gauge("roomlog_log_torn_bytes", "Bytes of a torn append, never acknowledged, cut at start.",
            number(log.torn_tail_bytes));
  add_kafka(out, log);
}

}  // namespace roomlog::metrics
