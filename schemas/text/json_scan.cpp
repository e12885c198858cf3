#include "schemas/text/json_scan.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>

#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

using ec_type = boost::system::error_code;
using text_type = boost::json::string_view;

std::string_view std_view(text_type s) {
  return {s.data(), s.size()};
}

// Keys of small objects are compared pair by pair, those of large ones sorted: what a stranger
// sends must not cost the square of its size.
constexpr std::size_t pairwise_keys_max = 12;

// What Boost's parser calls as it goes.
class scan_handler {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  void begin(scanned_object& into) {
    into_ = &into;
    depth_ = 0;
    keys_.clear();
    part_.clear();
    reason_ = nullptr;
  }
  // Set where this handler ended the parse itself.
  const char* reason() const { return reason_; }

  bool on_document_begin(ec_type&) { return true; }
  bool on_document_end(ec_type&) { return true; }
  bool on_comment_part(text_type, ec_type&) { return true; }
  bool on_comment(text_type, ec_type&) { return true; }

  bool on_object_begin(ec_type& ec) { return open(json_kind::object, ec); }
  bool on_array_begin(ec_type& ec) { return open(json_kind::array, ec); }
  bool on_object_end(std::size_t, ec_type& ec);
  bool on_array_end(std::size_t, ec_type&);

  bool on_key_part(text_type s, std::size_t, ec_type&) { return keep_part(s); }
  bool on_key(text_type s, std::size_t, ec_type& ec);
  bool on_string_part(text_type s, std::size_t, ec_type&) { return keep_part(s); }
  bool on_string(text_type s, std::size_t, ec_type& ec);
  bool on_number_part(text_type s, ec_type&) { return keep_part(s); }
  bool on_int64(std::int64_t n, text_type s, ec_type& ec) {
    return number(s, n >= 0, static_cast<std::uint64_t>(n), ec);
  }
  bool on_uint64(std::uint64_t n, text_type s, ec_type& ec) { return number(s, true, n, ec); }
  bool on_double(double n, text_type s, ec_type& ec) {
    if (!std::isfinite(n)) return fail("a number beyond the range of a double", ec);
    return number(s, false, 0, ec);
  }
  bool on_bool(bool value, ec_type& ec);
  bool on_null(ec_type& ec);

 private:
  struct level {
    json_kind kind;
    std::size_t first_key;  // in keys_
    std::size_t count;      // members or elements so far
  };

  bool fail(const char* why, ec_type& ec) {
    reason_ = why;
    ec = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }
  bool keep_part(text_type s) {
    part_.append(s.data(), s.size());
    return true;
  }
  // The whole of a text that may have come in parts; valid until the next one begins.
  std::string_view whole(text_type last) {
    if (part_.empty()) return std_view(last);
    part_.append(last.data(), last.size());
    joined_.swap(part_);
    part_.clear();
    return joined_;
  }
  bool open(json_kind kind, ec_type& ec);
  void close(char bracket);
  bool begin_value(json_kind kind, ec_type& ec);
  void end_value();
  bool number(text_type last, bool is_integer, std::uint64_t n, ec_type& ec);
  bool has_key_twice(std::size_t first);
  std::string_view key(const json_text_range& k) const {
    return std::string_view(into_->compact).substr(k.begin, k.size);
  }

  scanned_object* into_ = nullptr;
  std::array<level, json_depth_max + 1> levels_{};
  std::size_t depth_ = 0;              // open objects and arrays
  std::vector<json_text_range> keys_;  // of the open objects
  std::vector<std::string_view> sorted_;
  std::string part_, joined_;
  const char* reason_ = nullptr;
};

// A comma where one is due, and the element's entry where it is one of a top-level array.
bool scan_handler::begin_value(json_kind kind, ec_type& ec) {
  if (depth_ == 0) {
    if (kind == json_kind::object) return true;
    return fail("not an object", ec);
  }
  level& in = levels_[depth_ - 1];
  if (in.kind == json_kind::array) {
    if (in.count++ != 0) into_->compact += ',';
    if (depth_ == 2) {
      into_->elements.push_back({kind, {}});
      ++into_->fields.back().element_count;
    }
  } else if (depth_ == 1) {
    json_field& field = into_->fields.back();
    field.kind = kind;
    field.value.begin = into_->compact.size();
    field.first_element = into_->elements.size();
  }
  return true;
}

void scan_handler::end_value() {
  if (depth_ != 1) return;
  json_field& field = into_->fields.back();
  field.value.size = into_->compact.size() - field.value.begin;
}

bool scan_handler::open(json_kind kind, ec_type& ec) {
  if (!begin_value(kind, ec)) return false;
  if (depth_ != 0) into_->compact += kind == json_kind::object ? '{' : '[';
  levels_[depth_++] = {kind, keys_.size(), 0};
  return true;
}

void scan_handler::close(char bracket) {
  --depth_;
  if (depth_ != 0) into_->compact += bracket;
  end_value();
}

bool scan_handler::on_object_end(std::size_t, ec_type& ec) {
  const std::size_t first = levels_[depth_ - 1].first_key;
  if (has_key_twice(first)) return fail("a member name twice in an object", ec);
  keys_.resize(first);
  close('}');
  return true;
}

bool scan_handler::on_array_end(std::size_t, ec_type&) {
  close(']');
  return true;
}

bool scan_handler::has_key_twice(std::size_t first) {
  const std::size_t count = keys_.size() - first;
  if (count <= pairwise_keys_max) {
    for (std::size_t i = first; i < keys_.size(); ++i) {
      for (std::size_t j = first; j < i; ++j) {
        if (key(keys_[i]) == key(keys_[j])) return true;
      }
    }
    return false;
  }
  sorted_.clear();
  for (std::size_t i = first; i < keys_.size(); ++i) sorted_.push_back(key(keys_[i]));
  std::sort(sorted_.begin(), sorted_.end());
  return std::adjacent_find(sorted_.begin(), sorted_.end()) != sorted_.end();
}

bool scan_handler::on_key(text_type s, std::size_t, ec_type& ec) {
  const std::string_view name = whole(s);
  if (name.find('\0') != name.npos) return fail("U+0000 in a string", ec);
  std::string& out = into_->compact;
  level& in = levels_[depth_ - 1];
  if (depth_ != 1 && in.count != 0) out += ',';
  ++in.count;
  const std::size_t begin = out.size();
  append_json_string(out, name);
  const json_text_range range{begin + 1, out.size() - begin - 2};
  keys_.push_back(range);
  if (depth_ == 1) {
    into_->fields.emplace_back().name = range;
  } else {
    out += ':';
  }
  return true;
}

bool scan_handler::on_string(text_type s, std::size_t, ec_type& ec) {
  const std::string_view text = whole(s);
  if (text.find('\0') != text.npos) return fail("U+0000 in a string", ec);
  if (!begin_value(json_kind::string, ec)) return false;
  const bool of_top_array = depth_ == 2 && levels_[1].kind == json_kind::array;
  if (depth_ == 1 || of_top_array) {
    const json_text_range range{into_->plain.size(), text.size()};
    into_->plain += text;
    (of_top_array ? into_->elements.back().plain : into_->fields.back().plain) = range;
  }
  append_json_string(into_->compact, text);
  end_value();
  return true;
}

bool scan_handler::number(text_type last, bool is_integer, std::uint64_t n, ec_type& ec) {
  const std::string_view text = whole(last);
  if (!begin_value(json_kind::number, ec)) return false;
  if (depth_ == 1) {
    json_field& field = into_->fields.back();
    field.is_integer = is_integer && text.front() != '-';  // -0 is no count
    field.integer = n;
  }
  into_->compact += text;
  end_value();
  return true;
}

bool scan_handler::on_bool(bool value, ec_type& ec) {
  if (!begin_value(json_kind::boolean, ec)) return false;
  if (depth_ == 1) into_->fields.back().truth = value;
  into_->compact += value ? "true" : "false";
  end_value();
  return true;
}

bool scan_handler::on_null(ec_type& ec) {
  if (!begin_value(json_kind::null, ec)) return false;
  into_->compact += "null";
  end_value();
  return true;
}

boost::json::parse_options strict_options() {
  boost::json::parse_options options;  // no comments, no trailing commas, valid UTF-8
  options.max_depth = json_depth_max;
  return options;
}

}  // namespace

const char* scan_object(std::string_view json, scanned_object& into) {
  // Kept for its memory; reset() gives it a new beginning also after an error.
  thread_local boost::json::basic_parser<scan_handler> parser{strict_options()};
  parser.reset();
  into.clear();
  parser.handler().begin(into);
  ec_type ec;
  const std::size_t used = parser.write_some(false, json.data(), json.size(), ec);
  if (const char* reason = parser.handler().reason()) return reason;
  if (ec == boost::json::error::too_deep) return "nested too deeply";
  if (ec) return "a syntax error, invalid UTF-8 or a lone surrogate";
  if (used != json.size()) return "something after the object";
  return nullptr;
}

void scanned_object::clear() {
  compact.clear();
  plain.clear();
  fields.clear();
  elements.clear();
}

const json_field* scanned_object::find(std::string_view name) const {
  for (const json_field& field : fields) {
    if (name_of(field) == name) return &field;
  }
  return nullptr;
}

std::string_view scanned_object::name_of(const json_field& f) const {
  return std::string_view(compact).substr(f.name.begin, f.name.size);
}
std::string_view scanned_object::compact_of(const json_field& f) const {
  return std::string_view(compact).substr(f.value.begin, f.value.size);
}
std::string_view scanned_object::plain_of(const json_field& f) const {
  return std::string_view(plain).substr(f.plain.begin, f.plain.size);
}
std::string_view scanned_object::plain_of(const json_element& e) const {
  return std::string_view(plain).substr(e.plain.begin, e.plain.size);
}

}  // namespace roomlog
