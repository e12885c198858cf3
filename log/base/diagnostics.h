// Diagnostics: what operators read. Never called "the log", which is the event log.
// Thread-safe; a slow terminal never stalls a caller (the oldest lines are dropped and counted).
#pragma once

#include <string>
#include <string_view>

namespace roomlog::diagnostics {

enum class level { debug, info, warn, error };
enum class format { text, json };

// Once at start, before threads. Lines go to stderr.
void configure(level threshold, format how);
level parse_level(std::string_view name);  // throws std::invalid_argument with the names allowed

// `area` is the folder or part that speaks: "log", "fold", "session" …
void write(level severity, std::string_view area, std::string_view text);
inline void debug(std::string_view area, std::string_view text) {
  write(level::debug, area, text);
}
inline void info(std::string_view area, std::string_view text) {
  write(level::info, area, text);
}
inline void warn(std::string_view area, std::string_view text) {
  write(level::warn, area, text);
}
inline void error(std::string_view area, std::string_view text) {
  write(level::error, area, text);
}

// Lines dropped because the writer was too slow.
std::size_t dropped();
// Writes what waits; at the end of main.
void flush();

}  // namespace roomlog::diagnostics
