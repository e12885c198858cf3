#include "schemas/records/receipt.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/arbitrary.h"

namespace roomlog::testing {
namespace {

RC_GTEST_PROP(receipt, decodes_what_it_encoded, ()) {
  const auto room = *arbitrary_text(), user = *arbitrary_text();
  const receipt_advanced given{*rc::gen::arbitrary<std::uint16_t>(),
                               room,
                               user,
                               *rc::gen::element(receipt_kind::delivered, receipt_kind::read),
                               seq_no{*rc::gen::arbitrary<std::uint64_t>()},
                               timestamp{*rc::gen::arbitrary<std::int64_t>()}};
  const aligned_bytes value(encode(given));
  const auto decoded = decode_receipt(value.view());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == given);
}

TEST(receipt, unknown_kind_is_malformed) {
  for (const int kind : {0, 3, 255}) {
    receipt_advanced given{1, "default/general", "bob", static_cast<receipt_kind>(kind), {}, {}};
    const aligned_bytes value(encode(given));
    const auto decoded = decode_receipt(value.view());
    ASSERT_FALSE(decoded.has_value()) << kind;
    EXPECT_EQ(decoded.error().code, errc::malformed);
  }
}

TEST(receipt, strings_that_are_not_utf8_are_malformed) {
  for (const auto& given : {receipt_advanced{1, "\xFF", "bob", receipt_kind::read, {}, {}},
                            receipt_advanced{1, "default/x", "\xFF", receipt_kind::read, {}, {}}}) {
    EXPECT_FALSE(decode_receipt(aligned_bytes(encode(given)).view()).has_value());
  }
}

TEST(receipt, key_tells_room_user_and_kind_apart) {
  const auto key = [](std::string_view room, std::string_view user, receipt_kind kind) {
    return receipt_key({1, room, user, kind, seq_no{1}, {}});
  };
  const auto one = key("default/a", "bob", receipt_kind::read);
  EXPECT_EQ(one, (receipt_key({1, "default/a", "bob", receipt_kind::read, seq_no{2}, {}})));
  EXPECT_NE(one, key("default/a", "bob", receipt_kind::delivered));
  EXPECT_NE(one, key("default/ab", "ob", receipt_kind::read));
  EXPECT_NE(one, key("default/a", "bo", receipt_kind::read));
}

TEST(receipt, dump_names_every_field) {
  EXPECT_EQ(to_json(receipt_advanced{1, "default/general", "bob", receipt_kind::read, seq_no{42},
                                     timestamp{1}}),
            R"({"schema_version":1,"room":"default/general","user":"bob","kind":"read","seq":42,)"
            R"("gateway_time":"1970-01-01T00:00:00.000001Z"})");
}

}  // namespace
}  // namespace roomlog::testing
