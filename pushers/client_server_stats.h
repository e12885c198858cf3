// The figures of a client_server.
#pragma once

#include <array>
#include <cstdint>

#include "pushers/transport/code_counts.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// Sums over all shards; counters count since start, the others are as of now.
struct client_server_stats {
  std::uint64_t connections = 0;  // upgraded or not
  std::uint64_t sessions = 0;     // authenticated
  std::uint64_t subscriptions = 0;
  std::uint64_t rooms = 0;  // with a subscriber; counted once per shard
  std::uint64_t room_tail_bytes = 0;
  std::uint64_t output_bytes = 0;  // replies that wait, all connections
  std::uint64_t inbox_bytes = 0;
  std::uint64_t commands_in_flight = 0;
  std::uint64_t reads_waiting = 0;  // for a read thread

  std::uint64_t accepted_total = 0;      // TCP connections
  std::uint64_t overloaded_total = 0;    // connections told 4001 or 503, for want of room
  std::uint64_t turned_away_total = 0;   // told 503 unread, since there are too many to be told
  std::uint64_t over_address_total = 0;  // of both, for the share of an address
  std::uint64_t over_user_total = 0;     // told 4003
  std::uint64_t without_token = 0;       // connections that count for an address, now
  std::uint64_t commands_total = 0;      // received, good or bad
  std::array<std::uint64_t, error_codes> error_frames_total{};  // by error_code
  close_counts closes_total;                                    // close frames sent, by code
  std::uint64_t events_framed_total = 0;                        // once per event and shard
  std::uint64_t events_delivered_total = 0;                     // once per event and connection
  std::uint64_t bytes_sent_total = 0;
  std::uint64_t sends_total = 0;        // sendmsg calls
  std::uint64_t sends_short_total = 0;  // of them, that the socket did not take whole
  std::uint64_t flushes_cut_total = 0;  // connections with more to send than flush_bytes_max
  std::uint64_t pages_total = 0;        // catch-up pages read
  std::uint64_t page_errors_total = 0;
  std::uint64_t query_pages_cut_total = 0;    // pages of queries that ended before their limit
  std::uint64_t query_deadlines_total = 0;    // queries of sessions without an answer in time
  std::uint64_t reads_refused_total = 0;      // queries for user_reads_waiting_max
  std::uint64_t reads_dropped_total = 0;      // reads not begun: past their time, or nobody waits
  std::uint64_t turns_cut_total = 0;          // times that commands were left for another turn
  std::uint64_t queries_waited_total = 0;     // for room in their connection's output
  std::uint64_t lost_ranges_total = 0;        // that subscribers were told of
  std::uint64_t held_for_commands_total = 0;  // times that a connection was not read further …
  std::uint64_t held_for_queries_total = 0;
  std::uint64_t held_for_output_total = 0;
  std::uint64_t inbox_dropped_total = 0;      // batches, for inbox_bytes_max
  std::uint64_t ping_timeouts_total = 0;      // closed with 4000, or without progress
  std::uint64_t http_requests_total = 0;      // besides upgrades
  std::uint64_t http_in_flight = 0;           // of them, that wait for their answer now
  std::uint64_t http_streams = 0;             // streamed answers that are open now
  std::uint64_t http_overloaded_total = 0;    // of them, refused for http_in_flight_max
  std::uint64_t http_rate_limited_total = 0;  // of them, refused as too many of one user
  std::uint64_t http_timeouts_total = 0;      // connections on which no whole request came in time
  http_status_counts http_responses_total;

  std::uint64_t taken_total = 0;  // how often the shard that did so the least has taken its figures

  client_server_stats& operator+=(const client_server_stats& other);
};

}  // namespace roomlog
