#include "pushers/http/http_target.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "schemas/text/json_writer.h"

namespace roomlog {

namespace {

constexpr std::uint64_t number_max = (std::uint64_t{1} << 53) - 1;
constexpr std::string_view number_params[] = {"after_seq", "before_seq", "limit", "min_seq"};
constexpr std::string_view list_params[] = {"after", "limit"};
constexpr std::string_view start_params[] = {"after_seq", "before_seq", "since"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

client_error invalid(std::string_view name, std::string_view rule) {
  return make_client_error(error_code::invalid_field,
                           std::string(name) + ": must be " + std::string(rule));
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_known(http_target::kind what, std::string_view name) {
  if (name == "min_seq") return true;
  switch (what) {
    case http_target::kind::rooms:
      return is_one_of(name, list_params) || name == "order";
    case http_target::kind::members:
      return is_one_of(name, list_params);
    case http_target::kind::events:
      return is_one_of(name, number_params) || name == "since" || name == "last" || name == "kinds";
    case http_target::kind::room:
      return false;
  }
  return false;
}

std::string_view command_type(http_target::kind what) {
  switch (what) {
    case http_target::kind::rooms:
      return "rooms";
    case http_target::kind::members:
      return "members";
    case http_target::kind::room:
    case http_target::kind::events:
      break;
  }
  return "history";
}

// What JSON calls an integer, and no leading zeros; whether it is in range the command's rules say.
bool is_integer(std::string_view text) {
  return !text.empty() && text.size() <= 20 && (text[0] != '0' || text.size() == 1) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<client_error> check_values(const http_target& target) {
  for (auto at = target.params.begin(); at != target.params.end(); ++at) {
    const auto& name = at->first;
    if (std::any_of(target.params.begin(), at, [&](auto& p) { return p.first == name; }))
      return invalid(name, "given once");
    if (at->second.empty()) return invalid(name, "given with a value");
    if (!is_printable(at->second)) return invalid(name, "printable ASCII");
  }
  return std::nullopt;
}

std::variant<std::optional<std::uint64_t>, client_error> last_of(const http_params& given) {
  const auto found =
      std::find_if(given.begin(), given.end(), [](auto& p) { return p.first == "last"; });
  if (found == given.end()) return std::optional<std::uint64_t>();
  std::uint64_t n = 0;
  const auto& text = found->second;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (!is_integer(text) || failed != std::errc() || n > number_max)
    return invalid("last", "an integer from 0 to " + std::to_string(number_max));
  if (std::any_of(given.begin(), given.end(),
                  [](auto& p) { return is_one_of(p.first, start_params); }))
    return invalid("last",
                   "given without after_seq, before_seq and since: at most one of the four");
  return std::optional(n);
}

void put_kinds(std::string& out, std::string_view list) {
  out += '[';
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    if (begin != 0) out += ',';
    append_json_string(out, list.substr(begin, end - begin));
    begin = end + 1;
  }
  out += ']';
}

std::string json_of(const http_target& target) {
  std::string out;
  json_object command(out);
  command.field("type", command_type(target.what));
  if (target.what != http_target::kind::rooms) command.field("room", target.room);
  for (const auto& [name, value] : target.params) {
    if (name == "last") continue;
    if (name == "kinds")
      put_kinds(command.value_of(name), value);
    else if (is_one_of(name, number_params) && is_integer(value))
      command.raw(name, value);
    else
      command.field(name, value);  // an invalid number is rejected as a string
  }
  command.close();
  return out;
}

}  // namespace

http_target make_http_target(http_target::kind what, const routed_request& asked) {
  http_target target{what, {}, {}};
  if (!asked.names.empty()) target.room = asked.names.front();
  std::ranges::copy_if(asked.params, std::back_inserter(target.params),
                       [what](const auto& param) { return is_known(what, param.first); });
  return target;
}

std::variant<target_command, client_error> command_of(const http_target& target) {
  if (auto wrong = check_values(target)) return *std::move(wrong);
  if (!is_printable(target.room)) return invalid("room", "1 to 128 characters of 0x21 to 0x7E");
  auto last = last_of(target.params);
  if (auto* wrong = std::get_if<client_error>(&last)) return std::move(*wrong);
  return target_command{json_of(target), std::get<0>(last)};
}

}  // namespace roomlog
