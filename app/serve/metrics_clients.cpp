// Connections, sessions, delivery and HTTP.
#include "app/serve/metrics_parts.h"

namespace roomlog::metrics {
namespace {

void add_present(metrics_families& out, const metrics_snapshot& now) {
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
  out.gauge("roomlog_room_tail_bytes", "Framed events kept for subscribers.",
            number(clients.room_tail_bytes));
  out.gauge("roomlog_output_bytes", "Replies that wait to be sent.", number(clients.output_bytes));
  out.gauge("roomlog_inbox_bytes", "Decided events that wait for the event loops.",
            number(clients.inbox_bytes));
  out.gauge("roomlog_session_commands_in_flight", "Commands of sessions without an answer yet.",
            number(clients.commands_in_flight));
  out.gauge("roomlog_reads_waiting", "Reads of history and views that wait for a read thread.",
            number(clients.reads_waiting));
  out.gauge("roomlog_http_in_flight", "HTTP requests that wait for their answer.",
            number(clients.http_in_flight));
  out.gauge("roomlog_http_streams", "Answers over HTTP that are streamed now.",
            number(clients.http_streams));
  out.gauge("roomlog_http_in_flight_max", "Their bound, limits.http_in_flight.",
            number(now.http_in_flight_max));
}

void add_connections(metrics_families& out, const client_server_stats& clients) {
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
}

void add_delivery(metrics_families& out, const client_server_stats& clients) {
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
}

void add_reads(metrics_families& out, const client_server_stats& clients) {
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
}

void add_http(metrics_families& out, const client_server_stats& clients) {
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

}  // namespace

void add_clients(metrics_families& out, const metrics_snapshot& now) {
  add_present(out, now);
  add_connections(out, now.clients);
  add_delivery(out, now.clients);
  add_reads(out, now.clients);
  add_http(out, now.clients);
}

}  // namespace roomlog::metrics
