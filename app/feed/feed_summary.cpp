#include "app/feed/feed_summary.h"

#include <cstdio>
#include <ostream>

#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

constexpr std::size_t shown_max = 10;

std::size_t of(const feed_counts& read, irc_kind kind) {
  return read.kinds[static_cast<std::size_t>(kind)];
}

std::size_t system_lines(const feed_counts& read) {
  std::size_t sum = 0;
  for (auto kind = static_cast<std::size_t>(irc_kind::joined);
       kind <= static_cast<std::size_t>(irc_kind::other_system); ++kind) {
    sum += read.kinds[kind];
  }
  return sum;
}

// "a 1, b 2" of what is not 0.
template <class Counts>
std::string listed(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::string(name) + ' ' + std::to_string(count);
  }
  return text;
}

using named_counts = std::vector<std::pair<const char*, std::size_t>>;

named_counts kinds_of(const feed_counts& read) {
  named_counts counts;
  for (std::size_t i = 0; i < irc_kind_count; ++i) {
    counts.emplace_back(to_string(static_cast<irc_kind>(i)), read.kinds[i]);
  }
  return counts;
}

named_counts unsendable_of(const feed_counts& read) {
  named_counts counts;
  for (std::size_t i = 1; i < irc_trouble_count; ++i) {
    counts.emplace_back(to_string(static_cast<irc_trouble>(i)), read.unsendable[i]);
  }
  return counts;
}

std::string in_brackets(const std::string& text) {
  return text.empty() ? "" : " (" + text + ')';
}

std::string decimal(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

double per_second(const feed_summary& report) {
  const double seconds = report.elapsed.count();
  return seconds > 0 ? static_cast<double>(report.settled()) / seconds : 0;
}

void print_some(const std::vector<std::string>& lines, std::size_t all, std::ostream& out) {
  const std::size_t count = std::min(lines.size(), shown_max);
  for (std::size_t i = 0; i < count; ++i) out << "    " << lines[i] << '\n';
  if (all > count && count > 0) out << "    and " << all - count << " more\n";
}

template <class Counts>
std::string json_of(const Counts& counts) {
  std::string text;
  json_object object(text);
  for (const auto& [name, count] : counts) object.field(name, std::uint64_t{count});
  object.close();
  return text;
}

std::string json_of(const std::vector<std::string>& lines) {
  std::string text = "[";
  for (const auto& line : lines) {
    if (text.size() > 1) text += ',';
    append_json_string(text, line);
  }
  return text + ']';
}

}  // namespace

std::uint64_t feed_summary::refused_count() const {
  std::uint64_t sum = 0;
  for (const auto& [code, count] : refused) sum += count;
  return sum;
}

void print_for_people(const feed_summary& report, std::ostream& out) {
  const feed_counts& read = report.read;
  named_counts system;
  for (const auto& [name, count] : kinds_of(read)) system.emplace_back(name, count);
  system.erase(system.begin(), system.begin() + static_cast<int>(irc_kind::joined));
  system.resize(system.size() - 2);  // empty and unparsable have their own lines
  const auto unsendable = listed(unsendable_of(read));
  const std::size_t spoken = of(read, irc_kind::message) + of(read, irc_kind::action);
  out << "read         " << read.lines << " lines of " << report.files << " files\n"
      << "  messages   " << of(read, irc_kind::message) << "\n"
      << "  actions    " << of(read, irc_kind::action)
      << ", sent as messages of content_type action\n"
      << "  system     " << system_lines(read) << ", not sent" << in_brackets(listed(system))
      << '\n'
      << "  empty      " << of(read, irc_kind::empty) << ", not sent\n"
      << "  unparsable " << of(read, irc_kind::unparsable) << ", not sent\n";
  print_some(read.unparsable, of(read, irc_kind::unparsable), out);
  if (read.carriage_returns + read.byte_order_marks > 0) {
    out << "dropped      the CR at the end of " << read.carriage_returns
        << " lines, a byte order mark at the beginning of " << read.byte_order_marks << " files\n";
  }
  out << "sendable     " << report.sendable << " lines of " << report.nicks << " nicks\n"
      << "skipped      " << spoken - report.sendable << " messages and actions"
      << in_brackets(unsendable) << '\n'
      << "room         " << report.room << "; joins: " << report.joins_accepted << " accepted, "
      << report.joins_duplicate << " before\n"
      << "accepted     " << report.accepted << '\n'
      << "duplicates   " << report.duplicates << '\n'
      << "refused      " << report.refused_count() << in_brackets(listed(report.refused)) << '\n';
  print_some(report.refused_shown, report.refused_count(), out);
  out << "not settled  " << report.sendable - report.settled() << '\n'
      << "sent         " << report.commands_sent << " commands over " << report.connections
      << " connections, " << report.connections_lost << " lost; sent again"
      << (report.retries.empty() ? ": none" : in_brackets(listed(report.retries))) << '\n'
      << "time         " << decimal(report.elapsed.count(), 1) << " s, "
      << decimal(per_second(report), 0) << " lines/s\n";
  if (!report.stopped.empty()) out << "stopped      " << report.stopped << '\n';
}

void print_json(const feed_summary& report, std::ostream& out) {
  const feed_counts& read = report.read;
  std::string text;
  json_object object(text);
  object.field("files", std::uint64_t{report.files})
      .field("lines", std::uint64_t{read.lines})
      .raw("kinds", json_of(kinds_of(read)))
      .raw("unparsable", json_of(read.unparsable))
      .field("carriage_returns_dropped", std::uint64_t{read.carriage_returns})
      .field("byte_order_marks_dropped", std::uint64_t{read.byte_order_marks})
      .raw("skipped", json_of(unsendable_of(read)))
      .field("nicks", std::uint64_t{report.nicks})
      .field("sendable", std::uint64_t{report.sendable})
      .field("room", report.room)
      .field("joins_accepted", report.joins_accepted)
      .field("joins_duplicate", report.joins_duplicate)
      .field("accepted", report.accepted)
      .field("duplicates", report.duplicates)
      .field("refused", report.refused_count())
      .raw("refused_by_code", json_of(report.refused))
      .raw("refused_lines", json_of(report.refused_shown))
      .field("not_settled", std::uint64_t{report.sendable - report.settled()})
      .field("commands_sent", report.commands_sent)
      .raw("retries_by_code", json_of(report.retries))
      .field("connections", report.connections)
      .field("connections_lost", report.connections_lost)
      .raw("seconds", decimal(report.elapsed.count(), 3))
      .raw("lines_per_second", decimal(per_second(report), 1));
  if (!report.stopped.empty()) object.field("stopped", report.stopped);
  object.close();
  out << text << '\n';
}

}  // namespace roomlog
