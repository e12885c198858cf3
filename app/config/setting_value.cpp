#include "app/config/setting_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <optional>

#include "app/config/config.h"

namespace roomlog {
namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first.
constexpr std::array<unit, 4> size_units{
    {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};
constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

std::span<const unit> units_of(setting_kind kind) {
  if (kind == setting_kind::bytes) return size_units;
  if (kind == setting_kind::duration) return duration_units;
  return {};
}

error invalid(std::string text) {
  return {errc::invalid, std::move(text)};
}

std::string with_unit(std::int64_t n, std::span<const unit> units) {
  for (const unit& u : units) {
    if (n != 0 && n % u.factor == 0) {
      return std::to_string(n / u.factor) + std::string(u.name);
    }
  }
  return std::to_string(n);
}

template <class T, class Text>
std::string joined_of(const std::vector<T>& values, Text text) {
  std::vector<std::string> items;
  for (const T& one : values) items.push_back(std::invoke(text, one));
  return joined(items);
}

std::string needs_unit(setting_kind kind) {
  return kind == setting_kind::bytes ? "a size needs a unit (B, KiB, MiB, GiB), as in 64KiB"
                                     : "a duration needs a unit (ms, s, m, h, d), as in 5s";
}

std::optional<std::int64_t> factor_of(const setting& what, std::string_view suffix,
                                      std::int64_t number) {
  if (what.kind == setting_kind::integer) {
    return suffix.empty() ? std::optional<std::int64_t>(1) : std::nullopt;
  }
  if (suffix.empty()) {
    const bool unit_in_name = what.name.ends_with("_bytes") || what.name.ends_with("_ms");
    return number == 0 || unit_in_name ? std::optional<std::int64_t>(1) : std::nullopt;
  }
  for (const unit& u : units_of(what.kind)) {
    if (u.name == suffix) return u.factor;
  }
  return std::nullopt;
}

result<setting_value> parse_number(const setting& what, std::string_view text) {
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed == std::errc::result_out_of_range) return invalid("must be " + describe_range(what));
  if (failed != std::errc{}) return invalid("must be a number");
  std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (suffix.starts_with(' ')) suffix.remove_prefix(1);
  const auto factor = factor_of(what, suffix, n);
  if (!factor) {
    return invalid(what.kind == setting_kind::integer ? "must be a whole number"
                                                      : needs_unit(what.kind));
  }
  const std::int64_t bound = std::numeric_limits<std::int64_t>::max() / *factor;
  if (n > bound || n < -bound || n * *factor < what.min || n * *factor > what.max) {
    return invalid("must be " + describe_range(what));
  }
  return setting_value(n * *factor);
}

// The place of `text` among the choices.
std::optional<std::int64_t> choice_index(std::string_view choices, std::string_view text) {
  for (std::int64_t index = 0; !choices.empty(); ++index) {
    const std::string_view one = choices.substr(0, choices.find(' '));
    if (one == text) return index;
    choices.remove_prefix(std::min(choices.size(), one.size() + 1));
  }
  return std::nullopt;
}

std::string_view choice_at(std::string_view choices, std::int64_t index) {
  for (; index > 0; --index) choices.remove_prefix(choices.find(' ') + 1);
  return choices.substr(0, choices.find(' '));
}

std::string join_choices(std::string_view choices) {
  std::string out;
  for (const char c : choices) {
    if (c == ' ') {
      out += ", ";
    } else {
      out += c;
    }
  }
  if (const auto last = out.rfind(", "); last != std::string::npos) out.replace(last, 2, " or ");
  return out;
}

result<setting_value> parse_list(const setting& what, std::string_view text) {
  std::vector<std::string> out = list_items(text);
  for (auto item = out.begin(); item != out.end(); ++item) {
    if (!choice_index(what.choices, *item)) return invalid("must be " + describe_range(what));
    if (std::find(out.begin(), item, *item) != item) return invalid("names " + *item + " twice");
  }
  return setting_value(std::move(out));
}

result<setting_value> parse_addresses(std::string_view text) {
  std::vector<network> out;
  for (const std::string& item : list_items(text)) {
    auto parsed = parse_network(item);
    if (!parsed) {
      return invalid("must be addresses and networks, as in 10.0.0.0/8,2001:db8::7; \"" + item +
                     "\" is neither");
    }
    out.push_back(*std::move(parsed));
  }
  return setting_value(std::move(out));
}

result<setting_value> parse_ranges(std::string_view text) {
  std::vector<number_range> out;
  for (const std::string& item : list_items(text)) {
    const auto range = parse_number_range(item);
    if (!range) return invalid("must be numbers and ranges of them, as in 0-3,7");
    out.push_back(*range);
  }
  return setting_value(std::move(out));
}

}  // namespace

result<setting_value> parse_setting(const setting& what, std::string_view text) {
  switch (what.kind) {
    case setting_kind::integer:
    case setting_kind::bytes:
    case setting_kind::duration:
      return parse_number(what, text);
    case setting_kind::boolean:
      if (text == "true") return setting_value(true);
      if (text == "false") return setting_value(false);
      return invalid("must be true or false");
    case setting_kind::choice:
      if (const auto index = choice_index(what.choices, text)) return setting_value(*index);
      return invalid("must be " + describe_range(what));
    case setting_kind::list:
      return parse_list(what, text);
    case setting_kind::addresses:
      return parse_addresses(text);
    case setting_kind::ranges:
      return parse_ranges(text);
    case setting_kind::endpoint: {
      auto parsed = parse_endpoint(text);
      if (!parsed) return parsed.error();
      return setting_value(*std::move(parsed));
    }
    case setting_kind::text:
    case setting_kind::path:
    case setting_kind::secret:
      if (text.find('\0') != std::string_view::npos) return invalid("must not hold a zero byte");
      return setting_value(std::string(text));
  }
  return invalid("has an unknown kind");
}

std::string format_setting(const setting& what, const setting_value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* where = std::get_if<endpoint>(&value)) return to_string(*where);
  if (const auto* items = std::get_if<std::vector<std::string>>(&value)) return joined(*items);
  if (const auto* ranges = std::get_if<std::vector<number_range>>(&value)) {
    return joined_of(*ranges, [](const number_range& one) { return to_string(one); });
  }
  if (const auto* networks = std::get_if<std::vector<network>>(&value)) {
    return joined_of(*networks, &network::text);
  }
  const auto number = std::get<std::int64_t>(value);
  if (what.kind == setting_kind::choice) return std::string(choice_at(what.choices, number));
  return with_unit(number, units_of(what.kind));
}

std::string text_of(const setting& what, const config& from) {
  return format_setting(what, what.read(from));
}

std::string default_text(const setting& what) {
  return text_of(what, config{});
}

std::string describe_range(const setting& what) {
  if (what.kind == setting_kind::boolean) return "true or false";
  if (what.kind == setting_kind::choice) return join_choices(what.choices);
  if (what.kind == setting_kind::list) return "any of " + join_choices(what.choices);
  if (what.kind != setting_kind::integer && what.kind != setting_kind::bytes &&
      what.kind != setting_kind::duration) {
    return {};
  }
  const auto units = units_of(what.kind);
  if (what.max == std::numeric_limits<std::int64_t>::max()) {
    return "at least " + with_unit(what.min, units);
  }
  return "from " + with_unit(what.min, units) + " to " + with_unit(what.max, units);
}

}  // namespace roomlog
