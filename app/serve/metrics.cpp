#include "app/serve/metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/serve/metrics_families.h"

namespace roomlog {
namespace {

// Counts and bytes are far below 2^53.
double number(std::uint64_t n) {
  return static_cast<double>(n);
}
double lag(offset behind, offset ahead) {
  return ahead > behind ? number(ahead.value - behind.value) : 0;
}

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

// One family at a time, as the serializer wants its samples.
template <class Value>
void for_partitions(metrics_families& out, const metrics_snapshot& now, const char* name,
                    const char* help, Value value) {
  for (const fold_status& p : now.fold) {
    out.gauge(name, help, value(p), {{"partition", std::to_string(p.partition.value)}});
  }
}

template <class Value>
void for_views(metrics_families& out, const metrics_snapshot& now, const char* name,
               const char* help, Value value) {
  for (const fold_status& p : now.fold) {
    for (const view_status& view : p.views) {
      out.gauge(
          name, help, value(p, view),
          {{"view", std::string(view.name)}, {"partition", std::to_string(p.partition.value)}});
    }
  }
}

template <class Counts>
void for_error_codes(metrics_families& out, const char* name, const char* help,
                     const Counts& counts) {
  for (std::size_t code = 0; code < error_codes; ++code) {
    out.counter(name, help, number(counts[code]),
                {{"code", to_string(static_cast<error_code>(code))}});
  }
}

template <const auto& codes>
void for_codes(metrics_families& out, const char* name, const char* help, const char* label,
               const code_counts<codes>& now) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    out.counter(name, help, number(now.counts[i]),
                {{label, codes[i] == 0 ? "other" : std::to_string(codes[i])}});
  }
}

void add_fold(metrics_families& out, const metrics_snapshot& now) {
  for_partitions(out, now, "roomlog_log_end", "The next offset of the log.",
                 [](const fold_status& p) { return number(p.log_end.value); });
  for_partitions(out, now, "roomlog_fold_position", "The next offset to be decided.",
                 [](const fold_status& p) { return number(p.position.value); });
  for_partitions(out, now, "roomlog_fold_lag", "Records of the log that are not decided yet.",
                 [](const fold_status& p) { return lag(p.position, p.log_end); });
  for_partitions(out, now, "roomlog_fold_commit_lag", "Records decided but not committed yet.",
                 [](const fold_status& p) { return lag(p.committed, p.position); });
  for_partitions(out, now, "roomlog_fold_stopped", "1 where a partition stopped for good.",
                 [](const fold_status& p) { return p.stopped.empty() ? 0.0 : 1.0; });
  for_partitions(
      out, now, "roomlog_fold_store_waiting",
      "1 while the partition takes no commands, since its state cannot be read or written.",
      [](const fold_status& p) { return p.unsaved.empty() ? 0.0 : 1.0; });
  for_partitions(out, now, "roomlog_fold_questions",
                 "Reads and fences that wait for the fold to come to the log's end.",
                 [](const fold_status& p) { return number(p.questions); });
  for_views(
      out, now, "roomlog_view_position", "The next offset that the view has to see.",
      [](const fold_status&, const view_status& view) { return number(view.position.value); });
  for_views(
      out, now, "roomlog_view_lag", "Records that are decided and that the view has not seen.",
      [](const fold_status& p, const view_status& view) { return lag(view.position, p.position); });
  for_views(out, now, "roomlog_view_level",
            "1 where reads come from the view, 0 while it comes up.",
            [](const fold_status&, const view_status& view) { return view.level ? 1.0 : 0.0; });
  std::uint64_t given_up = 0;
  for (const fold_status& p : now.fold) given_up += p.given_up;
  out.counter("roomlog_fold_questions_given_up_total", "Of them, those given up after fold.wait.",
              number(given_up));
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;
  for (const fold_status& p : now.fold) {
    accepted += p.accepted;
    duplicates += p.duplicates;
    rejected += p.rejected;
    ignored += p.ignored;
  }
  const char* help = "Records decided since the start, by verdict.";
  out.counter("roomlog_fold_records_total", help, number(accepted), {{"verdict", "accepted"}});
  out.counter("roomlog_fold_records_total", help, number(duplicates), {{"verdict", "duplicate"}});
  out.counter("roomlog_fold_records_total", help, number(rejected), {{"verdict", "rejected"}});
  out.counter("roomlog_fold_records_total", help, number(ignored), {{"verdict", "ignored"}});
}

void add_ingress(metrics_families& out, const metrics_snapshot& now) {
  const ingress_stats& in = now.ingress;
  const char* outcomes = "Answers to commands that make events.";
  out.counter("roomlog_commands_total", outcomes, number(in.accepted), {{"outcome", "accepted"}});
  out.counter("roomlog_commands_total", outcomes, number(in.duplicates),
              {{"outcome", "duplicate"}});
  out.counter("roomlog_commands_total", outcomes, number(in.refused), {{"outcome", "refused"}});
  out.counter("roomlog_commands_total", outcomes, number(in.unknown), {{"outcome", "unknown"}});
  for_error_codes(out, "roomlog_commands_refused_total", "Refusals by code.", in.refused_by_code);
  for (std::size_t i = 0; i < user_limit_names.size(); ++i) {
    out.counter("roomlog_commands_rate_limited_total",
                "Of them, those above a rate or a budget of their user, by limit.",
                number(in.refused_by_limit[i]), {{"limit", user_limit_names[i]}});
  }
  out.gauge("roomlog_limited_users", "Users whose commands of the last minute are counted.",
            number(in.users));
  out.counter("roomlog_fences_total",
              "Fences taken: one for each partition at the start, and one after each doubt.",
              number(in.fences));
  out.gauge("roomlog_commands_in_flight", "Commands that wait for their verdict.",
            number(in.in_flight));
  out.gauge("roomlog_commands_in_flight_max", "Their bound, limits.in_flight.",
            number(now.in_flight_max));
  out.gauge("roomlog_commands_in_flight_bytes", "Memory of them.", number(in.in_flight_bytes));
  out.gauge("roomlog_commands_in_flight_bytes_max", "Its bound, limits.in_flight_bytes.",
            number(now.in_flight_bytes_max));
  out.gauge("roomlog_user_commands_in_flight_most",
            "Commands in flight of the user that has most; overloaded above a third of the bound.",
            number(in.most_of_a_user));
  out.gauge("roomlog_user_commands_in_flight_bytes_most", "The same of their memory.",
            number(in.most_bytes_of_a_user));
  for (std::size_t p = 0; p < in.in_flight_of.size(); ++p) {
    out.gauge("roomlog_partition_commands_in_flight",
              "The same of one partition; it is overloaded where it has more than is free.",
              number(in.in_flight_of[p]), {{"partition", std::to_string(p)}});
  }
  for (std::size_t p = 0; p < in.clock_skews.size(); ++p) {
    out.gauge(
        "roomlog_append_clock_skew_seconds",
        "How far the log's clock (on Kafka: the leader's) is ahead of ours at least; below 0: "
        "behind.",
        std::chrono::duration<double>(in.clock_skews[p]).count(),
        {{"partition", std::to_string(p)}});
  }
  out.histogram("roomlog_ack_seconds", "From taking a command to its verdict, accepted ones.",
                now.ack);
  const char* tokens = "Tokens checked.";
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.accepted),
              {{"outcome", "accepted"}});
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.refused), {{"outcome", "refused"}});
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.overloaded),
              {{"outcome", "overloaded"}});
  const char* reloads = "Keys and lists of words that were read again at SIGHUP.";
  out.counter("roomlog_reloads_total", reloads, number(now.reloads_done), {{"outcome", "done"}});
  out.counter("roomlog_reloads_total", reloads, number(now.reloads_refused),
              {{"outcome", "refused"}});
  out.gauge("roomlog_tokens_waiting", "Tokens that wait to be checked.",
            number(now.tokens.waiting));
}

void add_client_now(metrics_families& out, const metrics_snapshot& now) {
  const client_server_stats& clients = now.clients;
  out.gauge("roomlog_connections", "Open connections.", number(clients.connections));
  out.gauge("roomlog_connections_max",
            "Their bound: limits.connections, or what the limit of open files allows.",
            number(now.connections_max));
  out.gauge("roomlog_connections_without_token",
            "Of them, those that count for an address: no token is known yet.",
            number(clients.without_token));
  out.gauge("roomlog_sessions", "Connections with a good token.", number(clients.sessions));
  out.gauge("roomlog_subscriptions", "Subscriptions.", number(clients.subscriptions));
  out.gauge("roomlog_subscribed_rooms", "Rooms with a subscriber, per thread.",
            number(clients.rooms));
  out.gauge("roomlog_ring_bytes", "Framed events kept for subscribers.",
            number(clients.ring_bytes));
  out.gauge("roomlog_output_bytes", "Replies that wait to be sent.", number(clients.output_bytes));
  out.gauge("roomlog_inbox_bytes", "Decided events that wait for the event loops.",
            number(clients.inbox_bytes));
  out.gauge("roomlog_session_commands_in_flight", "Commands of sessions without an answer yet.",
            number(clients.commands_in_flight));
  out.gauge("roomlog_reads_waiting", "Reads of history and views that wait for a reader thread.",
            number(clients.reads_waiting));
  out.gauge("roomlog_http_in_flight", "HTTP requests that wait for their answer.",
            number(clients.http_in_flight));
  out.gauge("roomlog_http_in_flight_max", "Their bound, limits.http_in_flight.",
            number(now.http_in_flight_max));
}

void add_client_totals(metrics_families& out, const client_server_stats& clients) {
  out.counter("roomlog_connections_total", "Connections taken.", number(clients.accepted_total));
  out.counter("roomlog_connections_overloaded_total",
              "Connections that there was no room for, told 4001 or 503.",
              number(clients.overloaded_total));
  out.counter("roomlog_connections_turned_away_total",
              "Connections beyond those that can be told: answered 503 unread.",
              number(clients.turned_away_total));
  const char* shares = "Connections refused for a share of the connections.";
  out.counter("roomlog_connections_over_share_total", shares, number(clients.over_address_total),
              {{"share", "address"}});
  out.counter("roomlog_connections_over_share_total", shares, number(clients.over_user_total),
              {{"share", "connections_per_user"}});
  out.counter("roomlog_frames_received_total", "Commands received, good or bad.",
              number(clients.commands_total));
  for_error_codes(out, "roomlog_error_frames_total", "Error frames sent, by code.",
                  clients.error_frames_total);
  for_codes(out, "roomlog_closes_total", "WebSocket connections closed from here, by close code.",
            "code", clients.closes_total);
  const char* held = "Times that a connection came to a limit at which it is not read further.";
  out.counter("roomlog_reads_held_total", held, number(clients.held_for_commands_total),
              {{"limit", "in_flight_per_connection"}});
  out.counter("roomlog_reads_held_total", held, number(clients.held_for_queries_total),
              {{"limit", "queries_per_connection"}});
  out.counter("roomlog_reads_held_total", held, number(clients.held_for_output_total),
              {{"limit", "output_bytes"}});
  out.counter("roomlog_events_framed_total", "Events framed, once per thread.",
              number(clients.events_framed_total));
  out.counter("roomlog_events_delivered_total", "Events delivered, once per connection.",
              number(clients.events_delivered_total));
  out.counter("roomlog_sent_bytes_total", "Bytes sent.", number(clients.bytes_sent_total));
  out.counter("roomlog_sends_total", "sendmsg calls.", number(clients.sends_total));
  out.counter("roomlog_sends_short_total", "Of them, those that the socket did not take whole.",
              number(clients.sends_short_total));
  out.counter("roomlog_flushes_cut_total",
              "Turns in which a connection had more to send than limits.flush_bytes.",
              number(clients.flushes_cut_total));
  out.counter("roomlog_catch_up_pages_total", "Pages read for connections that were behind.",
              number(clients.pages_total));
  out.counter("roomlog_catch_up_errors_total", "Of them, those that failed.",
              number(clients.page_errors_total));
  out.counter("roomlog_query_deadlines_total",
              "Queries over WebSocket without an answer in 5 s, answered unavailable.",
              number(clients.query_deadlines_total));
  out.counter("roomlog_reads_refused_total", "Reads refused for limits.user_reads_waiting.",
              number(clients.reads_refused_total));
  out.counter("roomlog_reads_dropped_total",
              "Reads that were not begun: past their time, or of a connection that had ended.",
              number(clients.reads_dropped_total));
  out.counter("roomlog_turns_cut_total",
              "Times that commands of a connection were left for its next turn.",
              number(clients.turns_cut_total));
  out.counter("roomlog_query_pages_cut_total",
              "Pages that ended before their limit, for limits.query_page_bytes or "
              "limits.query_scan_entries.",
              number(clients.query_pages_cut_total));
  out.counter("roomlog_queries_waited_total",
              "Queries that waited until the output of their connection had room.",
              number(clients.queries_waited_total));
  out.counter("roomlog_lost_ranges_total",
              "Ranges of events that subscribers were told are lost: the log was cut.",
              number(clients.lost_ranges_total));
  out.counter("roomlog_inbox_dropped_total", "Batches dropped at a full inbox; caught up by pages.",
              number(clients.inbox_dropped_total));
  out.counter("roomlog_ping_timeouts_total", "Connections closed as dead.",
              number(clients.ping_timeouts_total));
  out.counter("roomlog_http_requests_total", "HTTP requests besides upgrades.",
              number(clients.http_requests_total));
  for_codes(out, "roomlog_http_responses_total", "Answers to them, by status.", "status",
            clients.http_responses_total);
  out.counter("roomlog_http_timeouts_total",
              "Connections ended because no whole request came within server.http_timeout.",
              number(clients.http_timeouts_total));
  out.counter("roomlog_http_rate_limited_total",
              "Reads over HTTP refused for limits.user_reads_per_second.",
              number(clients.http_rate_limited_total));
  out.counter("roomlog_http_overloaded_total", "Of them, those refused for limits.http_in_flight.",
              number(clients.http_overloaded_total));
}

void add_process(metrics_families& out, const metrics_snapshot& now) {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm").ignore(64, ' ') >> pages;
  out.gauge("process_resident_memory_bytes", "Resident memory.",
            number(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  std::error_code ignored;
  std::uint64_t open = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ignored), end; it != end;
       it.increment(ignored)) {
    ++open;
  }
  out.gauge("process_open_fds", "Open file descriptors.", number(open));
  out.counter("roomlog_diagnostics_dropped_total", "Lines dropped because stderr was too slow.",
              number(now.diagnostics_dropped));
  out.gauge("roomlog_build_info", "1, with the version.", 1, {{"version", ROOMLOG_VERSION}});
}

}  // namespace

std::string metrics_text(const metrics_snapshot& now) {
  metrics_families out;
  out.gauge("roomlog_ready", "1 while /readyz answers 200.", now.ready);
  out.gauge("roomlog_draining", "1 from the signal to the end.", now.draining);
  const char* role = "1 for each role of this process.";
  out.gauge("roomlog_role", role, now.roles.ingress, {{"role", "ingress"}});
  out.gauge("roomlog_role", role, now.roles.pusher, {{"role", "pusher"}});
  out.gauge("roomlog_role", role, now.roles.projector, {{"role", "projector"}});
  out.gauge("roomlog_start_records_left", "Records to read before a start is through.",
            number(now.start_records_left));
  add_log(out, now);
  add_fold(out, now);
  add_ingress(out, now);
  add_client_now(out, now);
  add_client_totals(out, now.clients);
  add_process(out, now);
  return out.text();
}

}  // namespace roomlog
