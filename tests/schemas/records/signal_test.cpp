#include "schemas/records/signal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/arbitrary.h"

namespace roomlog::testing {
namespace {

RC_GTEST_PROP(signal, decodes_what_it_encoded, ()) {
  const auto room = *arbitrary_text(), user = *arbitrary_text(), name = *arbitrary_text();
  const bool flag = *rc::gen::arbitrary<bool>();
  const auto body =
      *rc::gen::element<signal_body>(typing_signal{flag}, presence_signal{flag}, unknown_signal{0},
                                     unknown_signal{3}, unknown_signal{255});
  const room_signal given{*rc::gen::arbitrary<std::uint16_t>(),           room, user, name,
                          timestamp{*rc::gen::arbitrary<std::int64_t>()}, body};
  const aligned_bytes value(encode(given));
  const auto decoded = decode_signal(value.view());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == given);
}

TEST(signal, strings_that_are_not_utf8_are_malformed) {
  for (const auto& given : {room_signal{1, "\xFF", "ann", "", {}, typing_signal{}},
                            room_signal{1, "default/x", "\xFF", "", {}, typing_signal{}},
                            room_signal{1, "default/x", "ann", "\xFF", {}, typing_signal{}}}) {
    EXPECT_FALSE(decode_signal(aligned_bytes(encode(given)).view()).has_value());
  }
}

TEST(signal, dump_names_every_field) {
  EXPECT_EQ(to_json(room_signal{1, "default/general", "ann", "Ann", {}, typing_signal{true}}),
            R"({"schema_version":1,"room":"default/general","user":"ann","user_name":"Ann",)"
            R"("gateway_time":null,"body":"typing","started":true})");
}

}  // namespace
}  // namespace roomlog::testing
