// `roomlog feed`: sends IRC day logs to a server over WebSocket as the people who wrote them.
//
// nick → user: a nick is the user id as it stands, without the spaces around it (1–255 characters
// of 0x20–0x7E; any other is counted as unfit_nick and not sent). Each nick has its own token, of
// scope `unlimited`, made in this process with the server's key, and its own connection while there
// is room for it.
//
// line → command: a message is a `send` of its exact text, without the CR of a line that ends in CR
// LF; an action ("/me") one of content_type
// `action`; both with metadata {"irc_time":"2004-12-25T09:14"} where file and line have a time.
// System lines are counted, not sent. The cid is the first 32 hex digits of SHA-256 of
// "<file name>:<line number>". A line whose sendable predecessor in the same file has the same nick
// names that one's cid as after_cid. So the commands follow from the files alone, and a
// second feed of them, whole or in part, makes duplicates only.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/commands/exit_code.h"

namespace roomlog {

enum class feed_order : std::uint8_t {
  of_the_file,   // a line waits for the answer to the line before it where the nick changes
  of_each_nick,  // nicks do not wait for each other
};

struct feed_options {
  std::string url = "ws://127.0.0.1:8080/v1/ws";
  // The key that signs the tokens: a file with a secret or a JWK; empty: the data directory's own.
  std::filesystem::path key_file;
  std::filesystem::path data_dir = "data";
  std::string room = "general";  // made, public, by `owner` if it is not there
  std::string tenant = "default";
  std::string owner = "feed";
  std::uint32_t rate_per_second = 0;  // 0: as fast as answers come
  std::size_t connections_max = 256;  // the least recently used one is closed for a new one
  std::size_t window = 64;            // commands open per nick
  feed_order order = feed_order::of_the_file;
  std::chrono::seconds give_up{600};  // without any answer; 0: never
  bool json = false;                  // the summary as one JSON object
  bool progress = false;              // a line on `err` once a second
  std::vector<std::filesystem::path> files;
};

// Sends everything, in this thread, and prints the summary to `out`, trouble to `err`. done when
// every sendable line was accepted, now or before; failed when the server refused some;
// configuration for keys, tokens, files and options; unavailable after give_up.
exit_code run_feed(const feed_options& options, std::ostream& out, std::ostream& err);

}  // namespace roomlog
