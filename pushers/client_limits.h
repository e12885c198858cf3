// Every limit and time of what clients may do, with its default. The policy at each bound is in
// pushers/README.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "schemas/protocol/parser_limits.h"

namespace roomlog {

struct client_limits {
  // All shards together, before the upgrade and after it.
  std::size_t connections_max = 20'000;
  // Beyond them: taken to be told 4001 (or 503) and closed; others get a 503 unread.
  std::size_t connections_told_max = 256;
  // Sessions of one user, of all shards; one more is told `rate_limited` and closed with 4003.
  std::size_t connections_per_user_max = 100;
  // Per connection; one more is answered `overloaded`.
  std::size_t subscriptions_max = 1'000;
  // A WebSocket message from a client; a larger one is closed with 1009.
  std::size_t frame_bytes_max = 64 * 1024;
  // What one command may hold.
  parser_limits command;
  // Event commands undecided per connection; at the bound the connection is not read further.
  std::size_t commands_in_flight_max = 256;
  // Queries (history, rooms, members, waiting subscriptions) open per connection; the same policy.
  std::size_t queries_in_flight_max = 8;
  // Replies that wait to be sent to one connection; above it the connection is not read further,
  // and a query waits until its page has room.
  std::size_t output_bytes_max = 256 * 1024;
  // Most that one connection may hand to the kernel in one tick.
  std::size_t flush_bytes_max = 256 * 1024;
  // Bytes of records that one catch-up page asks for; one page per connection is open at a time.
  std::size_t page_bytes = 64 * 1024;
  // JSON, and records, of one page of a query; it ends early, with at least one entry.
  std::size_t query_page_bytes = 256 * 1024;
  // Entries that one page of a query looks at; it ends early, maybe with none.
  std::size_t query_scan_max = 2'000;
  // Queries of one user that wait for a read thread, all connections; one more is `overloaded`.
  std::size_t user_reads_waiting_max = 256;
  // Frames kept of one room, on one shard; cursors below them read pages.
  std::size_t tail_bytes_per_room = 1024 * 1024;
  // Frames kept of all rooms, on one shard.
  std::size_t tail_bytes_per_shard = 128 * 1024 * 1024;
  // Decided batches that wait for one shard; above it they are dropped there, and the cursors read
  // pages.
  std::size_t inbox_bytes_max = 64 * 1024 * 1024;
  // Unsent bytes that the kernel may hold per connection (TCP_NOTSENT_LOWAT); 0: the system's own.
  std::size_t kernel_unsent_bytes = 128 * 1024;
  // Bad frames in a row before close 4506.
  std::uint32_t bad_frames_max = 32;
  // Plain HTTP requests that wait for a token's check or a view; one more is answered 503.
  std::size_t http_in_flight_max = 1'000;
  // Head of any HTTP request; a larger one is answered 431.
  std::size_t http_head_bytes_max = 16 * 1024;
};

struct client_times {
  std::chrono::milliseconds ping{2'000};          // hello.ping_ms
  std::chrono::milliseconds slow_ping{60'000};    // to answer, for connections with output waiting
  std::chrono::milliseconds no_progress{30'000};  // the peer's kernel acknowledges nothing
  std::chrono::milliseconds auth{5'000};          // for the first token
  std::chrono::milliseconds http_head{10'000};    // for a request, and between two of a connection
  std::chrono::milliseconds fold_wait{
      5'000};  // for a cursor beyond the head; a query; an HTTP answer
  std::chrono::milliseconds close_wait{2'000};  // for the peer's answer to a close frame
  std::chrono::milliseconds tick{20};           // of the shards' timers
  std::uint32_t attempt_ms = 10'000;            // hello.limits.attempt_ms
  // What was sent may wait so long until it is looked at: what attempt_ms has beyond the deadline
  // that a command gets then.
  std::chrono::milliseconds input_age_max{5'000};
};

}  // namespace roomlog
