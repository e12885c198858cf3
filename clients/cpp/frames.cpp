#include "clients/cpp/frames.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace roomlog::client {
namespace {

// As a rule, also without `temporary` in the frame (docs/protocol.md §3).
bool is_temporary_code(std::string_view name) {
  for (std::size_t i = 0; i < error_codes; ++i) {
    const auto code = static_cast<error_code>(i);
    if (name == to_string(code)) return is_temporary(code);
  }
  return false;
}

void set_if_given(std::chrono::milliseconds& to, std::uint64_t ms) {
  if (ms > 0) to = std::chrono::milliseconds(ms);
}

}  // namespace

std::string text_of(const boost::json::object& frame, std::string_view name) {
  const auto* value = frame.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string().data(), value->get_string().size());
}

std::uint64_t number_of(const boost::json::object& frame, std::string_view name) {
  const auto* value = frame.if_contains(name);
  if (value == nullptr) return 0;
  boost::system::error_code failed;
  const auto number = value->to_number<std::uint64_t>(failed);
  return failed ? 0 : number;
}

bool flag_of(const boost::json::object& frame, std::string_view name) {
  const auto* value = frame.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

greeting greeting_of(const boost::json::object& hello) {
  greeting out;
  out.session = text_of(hello, field_name::session);
  out.epoch = text_of(hello, field_name::epoch);
  set_if_given(out.ping, number_of(hello, field_name::ping_ms));
  if (const auto* limits = hello.if_contains(field_name::limits);
      limits != nullptr && limits->is_object()) {
    set_if_given(out.attempt, number_of(limits->get_object(), field_name::attempt_ms));
  }
  const auto* features = hello.if_contains(field_name::features);
  if (features == nullptr || !features->is_array()) return out;
  for (const auto& one : features->get_array()) {
    if (one.is_string()) out.features.emplace_back(one.get_string().c_str());
  }
  return out;
}

answer answer_of(const boost::json::object& frame) {
  answer out;
  out.id = number_of(frame, field_name::id);
  out.type = text_of(frame, field_name::type);
  out.duplicate = flag_of(frame, field_name::duplicate);
  if (!out.refused()) return out;
  out.code = text_of(frame, field_name::code);
  out.message = text_of(frame, field_name::message);
  out.temporary = flag_of(frame, field_name::temporary) || is_temporary_code(out.code);
  out.retry_after = std::chrono::milliseconds(number_of(frame, field_name::retry_after_ms));
  return out;
}

}  // namespace roomlog::client
