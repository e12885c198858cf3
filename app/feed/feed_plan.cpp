#include "app/feed/feed_plan.h"

#include <set>
#include <unordered_map>

#include "log/base/hex.h"
#include "log/base/sha256.h"

namespace roomlog {
namespace {

constexpr std::size_t unparsable_shown_max = 100;

// For people: bytes that are no printable ASCII as \xHH.
std::string shown(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 120)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      text += c;
    } else {
      text += "\\x";
      append_hex(text, c);
    }
  }
  return text;
}

// The lines of `bytes` once more, for showing one of them.
std::string_view raw_line(const irc_file& file, std::size_t index) {
  std::string_view rest(file.bytes.data(), file.bytes.size());
  for (; index > 0; --index) rest.remove_prefix(rest.find('\n') + 1);
  return rest.substr(0, rest.find('\n'));
}

class planner {
 public:
  explicit planner(feed_plan& plan) : plan_(plan) {}

  void add(irc_file file) {
    const auto file_index = static_cast<std::uint32_t>(plan_.files.size());
    plan_.files.push_back(std::move(file));
    const irc_file& added = plan_.files.back();
    plan_.read.byte_order_marks += added.byte_order_mark ? 1 : 0;
    plan_.read.carriage_returns += added.carriage_returns;
    const feed_item* previous = nullptr;
    for (std::uint32_t i = 0; i < added.lines.size(); ++i) {
      const irc_line& line = added.lines[i];
      count(added, i);
      if (!line.sendable()) continue;
      const std::uint32_t nick = nick_index(line.nick);
      const bool follows = previous != nullptr && previous->nick == nick;
      previous = &plan_.items.emplace_back(feed_item{file_index, i, nick, follows});
    }
  }

 private:
  void count(const irc_file& file, std::uint32_t index) {
    const irc_line& line = file.lines[index];
    feed_counts& read = plan_.read;
    ++read.lines;
    ++read.kinds[static_cast<std::size_t>(line.kind)];
    if (line.kind == irc_kind::message || line.kind == irc_kind::action) {
      ++read.unsendable[static_cast<std::size_t>(line.trouble)];
    }
    if (line.kind == irc_kind::unparsable && read.unparsable.size() < unparsable_shown_max) {
      read.unparsable.push_back(file.name + ':' + std::to_string(index + 1) + ": " +
                                shown(raw_line(file, index)));
    }
  }

  std::uint32_t nick_index(std::string_view nick) {
    const auto next = static_cast<std::uint32_t>(plan_.nicks.size());
    const auto [place, added] = index_.try_emplace(std::string(nick), next);
    if (added) plan_.nicks.emplace_back(nick);
    return place->second;
  }

  feed_plan& plan_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

}  // namespace

result<feed_plan> make_feed_plan(std::span<const std::filesystem::path> paths) {
  feed_plan plan;
  planner add_to(plan);
  std::set<std::string> names;
  for (const auto& path : paths) {
    auto file = read_irc_file(path);
    if (!file) return file.error();
    if (!names.insert(file->name).second) {
      return error{errc::invalid,
                   path.string() + ": another file has the name " + file->name +
                       "; cids are made from file names, so each name must be unique"};
    }
    add_to.add(std::move(*file));
  }
  // Messages and actions without trouble are the sendable ones.
  plan.read.unsendable[static_cast<std::size_t>(irc_trouble::none)] = 0;
  return plan;
}

std::string feed_cid(std::string_view file_name, std::size_t line_number) {
  const auto digest = sha256(std::string(file_name) + ':' + std::to_string(line_number));
  return hex_text(std::span(digest).first(16));
}

std::string feed_time(const irc_file& file, const irc_line& line) {
  if (file.date.empty() || line.minute < 0) return {};
  const auto two = [](int n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return file.date + 'T' + two(line.minute / 60) + ':' + two(line.minute % 60);
}

}  // namespace roomlog
