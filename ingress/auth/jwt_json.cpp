#include "ingress/auth/jwt_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace roomlog {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Looks at what Boost.JSON accepts in silence: it keeps the last of members with one name, and
// turns 1e400 into infinity. Builds nothing. The signatures are those that basic_parser calls.
struct strictness_check {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  std::vector<std::set<std::string>> names;  // of the objects that are open
  std::string name;
  std::string problem;

  bool refuse(error_code& ec, std::string text) {
    problem = std::move(text);
    ec = json::error::exception;
    return false;
  }

  bool on_object_begin(error_code&) {
    names.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    names.pop_back();
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    name.append(part.data(), part.size());
    const auto added = names.back().insert(std::exchange(name, {}));
    return added.second || refuse(ec, "the member " + in_quotes(*added.first) + " is given twice");
  }
  bool on_double(double number, string_view, error_code& ec) {
    return std::isfinite(number) || refuse(ec, "a number is out of range");
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

result<json::object> parse_strict_object(std::string_view text) {
  json::basic_parser<strictness_check> check{json::parse_options{}};
  error_code ec;
  const std::size_t used = check.write_some(false, text.data(), text.size(), ec);
  if (!check.handler().problem.empty()) return error{errc::malformed, check.handler().problem};
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (ec) return error{errc::malformed, "not valid JSON (" + ec.message() + ")"};

  json::value parsed = json::parse({text.data(), text.size()}, ec);
  if (ec) return error{errc::malformed, "not valid JSON (" + ec.message() + ")"};
  if (!parsed.is_object()) return error{errc::malformed, "not a JSON object"};
  return std::move(parsed.get_object());
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_max = 48;
  std::string out = "\"";
  for (const char c : text.substr(0, shown_max)) {
    out += c >= 0x20 && c <= 0x7e && c != '"' && c != '\\' ? c : '?';
  }
  out += text.size() > shown_max ? "\"…" : "\"";
  return out;
}

}  // namespace roomlog
