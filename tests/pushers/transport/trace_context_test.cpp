// The field `traceparent`: what of it goes on with a request's commands, and what is ignored.
#include "pushers/transport/trace_context.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace roomlog::testing {
namespace {

const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string with(std::size_t at, char other) {
  auto text = good;
  text[at] = other;
  return text;
}

TEST(trace_context, goes_on_as_it_came) {
  EXPECT_EQ(trace_context_of(good), good);
  for (const char* flags : {"00", "03", "ff"}) {
    const auto text = good.substr(0, 53) + flags;
    EXPECT_EQ(trace_context_of(text), text);
  }
}

TEST(trace_context, of_another_form_is_ignored) {
  EXPECT_EQ(trace_context_of(""), "");
  EXPECT_EQ(trace_context_of(good.substr(0, 54)), "");
  EXPECT_EQ(trace_context_of(good + "0"), "");
  EXPECT_EQ(trace_context_of(good + "-00"), "") << "version 00 ends after the flags";
  EXPECT_EQ(trace_context_of(" " + good), "");
  EXPECT_EQ(trace_context_of(good.substr(1) + "0"), "");
  EXPECT_EQ(trace_context_of(with(3, 'A')), "") << "upper case";
  EXPECT_EQ(trace_context_of("00-" + std::string(32, '0') + good.substr(35)), "");
  EXPECT_EQ(trace_context_of(good.substr(0, 36) + std::string(16, '0') + "-01"), "");
  EXPECT_EQ(trace_context_of("ff" + good.substr(2)), "") << "a version that is forbidden";
  // Every place holds a digit or a dash, and nothing else.
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char other : {'g', '-', '0', ' ', '\0', '/', ':', '`', '\xc3'}) {
      const bool is_dash = good[at] == '-';
      if (other == good[at] || (other == '0' && !is_dash)) continue;
      EXPECT_EQ(trace_context_of(with(at, other)), "") << at << " " << int{other};
    }
  }
}

TEST(trace_context, of_a_later_version_is_read_as_far_as_it_is_known) {
  const auto later = "01" + good.substr(2);
  EXPECT_EQ(trace_context_of(later), good);
  EXPECT_EQ(trace_context_of("cc" + good.substr(2, 51) + "fe"), good.substr(0, 53) + "00");
  EXPECT_EQ(trace_context_of(later + "-what-comes-then"), good);
  EXPECT_EQ(trace_context_of(later + "-"), good);
  EXPECT_EQ(trace_context_of(later + ".what"), "");
  EXPECT_EQ(trace_context_of(later.substr(0, 54)), "");
}

RC_GTEST_PROP(trace_context, is_always_none_or_well_formed, ()) {
  auto text = "0" + std::to_string(*rc::gen::inRange(0, 2)) + good.substr(2);
  text += *rc::gen::element(std::string(), std::string("-"), std::string("-x"));
  for (int changes = *rc::gen::inRange(0, 3); changes > 0; --changes) {
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  }
  const auto out = trace_context_of(text);
  RC_ASSERT(out.empty() || (out.size() == good.size() && out.substr(0, 3) == "00-"));
  RC_ASSERT(trace_context_of(out) == out);
}

}  // namespace
}  // namespace roomlog::testing
