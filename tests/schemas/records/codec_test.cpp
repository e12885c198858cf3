// What goes into a record comes out of it again.
#include "schemas/records/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/arbitrary.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

bool is_aligned(byte_view bytes) {
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 == 0;
}

RC_GTEST_PROP(codec, decodes_what_it_encoded, ()) {
  const auto given = *arbitrary_event();
  const aligned_bytes value(encode(given.ev));
  const auto decoded = decode(value.view());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == given.ev);
  RC_ASSERT(to_json(*decoded) == to_json(given.ev));
  RC_ASSERT(is_aligned(decoded->content));
}

// S3.24
RC_GTEST_PROP(codec, decodes_the_message_contents_that_it_encoded, ()) {
  const auto type = *arbitrary_text(), text = *arbitrary_text(), metadata = *arbitrary_text(),
             attachments = *arbitrary_text(), signature = *arbitrary_text();
  const message_content given{type, text, metadata, attachments, signature};
  const aligned_bytes bytes(encode(given));
  const auto decoded = decode_message_content(bytes.view());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == given);
}

RC_GTEST_PROP(codec, decodes_the_room_contents_that_it_encoded, ()) {
  const auto title = *arbitrary_text(), metadata = *arbitrary_text();
  const room_content given{title, metadata};
  const aligned_bytes bytes(encode(given));
  const auto decoded = decode_room_content(bytes.view());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == given);
}

TEST(codec, decodes_every_sample) {
  for (const auto& [name, given] : sample_events()) {
    const aligned_bytes value(encode(given));
    const auto decoded = decode(value.view());
    ASSERT_TRUE(decoded.has_value()) << name << ": " << decoded.error().text;
    EXPECT_EQ(to_json(*decoded), to_json(given)) << name;
    EXPECT_TRUE(*decoded == given) << name;
  }
}

TEST(codec, encodes_the_same_event_to_the_same_bytes) {
  for (const auto& [name, given] : sample_events()) EXPECT_EQ(encode(given), encode(given)) << name;
}

TEST(codec, content_of_every_size_comes_out_aligned) {
  for (std::size_t size = 1; size < 100; ++size) {
    const std::string content(size, 'x');
    auto given = user_event();
    given.content = as_byte_view(content);
    const aligned_bytes value(encode(given));
    const auto decoded = decode(value.view());
    ASSERT_TRUE(decoded.has_value()) << size;
    EXPECT_TRUE(is_aligned(decoded->content)) << size;
    EXPECT_EQ(as_text(decoded->content), content);
  }
}

TEST(codec, record_begins_with_the_file_identifier_of_its_stream) {
  const auto value = encode(user_event());
  EXPECT_EQ(value.substr(4, 4), "RLG1");
}

TEST(codec, types_of_a_later_version_are_unknown_bodies_that_keep_number_and_critical_bit) {
  constexpr auto later = static_cast<std::uint8_t>(std::variant_size_v<event_facts>);
  for (const bool critical : {true, false}) {
    auto given = user_event();
    given.schema_version = schema_version_current + 1;
    given.critical = critical;
    given.facts = unknown_body{later};
    const aligned_bytes value(encode(given));
    const auto decoded = decode(value.view());
    ASSERT_TRUE(decoded.has_value());
    ASSERT_TRUE(std::holds_alternative<unknown_body>(decoded->facts));
    EXPECT_EQ(std::get<unknown_body>(decoded->facts).type, later);
    EXPECT_EQ(decoded->critical, critical);
    EXPECT_EQ(decoded->cid, given.cid);
  }
}

TEST(codec, enum_values_of_a_later_version_make_the_body_unknown) {
  for (const auto& facts :
       {member_changed{static_cast<member_change>(6), "bob", member_role::none},
        member_changed{static_cast<member_change>(0), "bob", member_role::none},
        member_changed{member_change::role, "bob", static_cast<member_role>(5)}}) {
    auto given = user_event();
    given.facts = facts;
    given.schema_version = schema_version_current + 1;
    const aligned_bytes later(encode(given));
    const auto decoded = decode(later.view());
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(std::holds_alternative<unknown_body>(decoded->facts));

    given.schema_version = schema_version_current;
    const aligned_bytes present(encode(given));
    const auto refused = decode(present.view());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::malformed);
  }
}

TEST(codec, a_seal_has_a_root_of_32_bytes_and_a_signature_of_64_or_none) {
  const std::string bytes(65, 'x');
  const auto is_decoded = [&](std::size_t root, std::size_t signature) {
    event given;
    given.facts = log_sealed{offset{1}, 1,  as_byte_view(bytes).first(root),
                             {},        {}, as_byte_view(bytes).first(signature)};
    const aligned_bytes value(encode(given));
    const auto decoded = decode(value.view());
    return decoded && *decoded == given;
  };
  EXPECT_TRUE(is_decoded(32, 64));
  EXPECT_TRUE(is_decoded(32, 0));
  for (const std::size_t root : {0, 31, 33}) EXPECT_FALSE(is_decoded(root, 64)) << root;
  for (const std::size_t signature : {1, 63, 65}) {
    EXPECT_FALSE(is_decoded(32, signature)) << signature;
  }
}

TEST(codec, seals_and_watermarks_are_equal_only_when_every_part_is) {
  const std::string one(64, 'x'), other(64, 'y');
  const auto root = [](const std::string& bytes) { return as_byte_view(bytes).first(32); };
  const log_sealed seal{offset{1}, 2, root(one), {}, "k", as_byte_view(one)};
  std::vector<log_sealed> others(6, seal);
  others[0].upto = offset{2};
  others[1].size = 3;
  others[2].root = root(other);
  others[3].hash[15] = std::byte{1};
  others[4].key_id = "l";
  others[5].signature = as_byte_view(other);
  for (const auto& changed : others) EXPECT_FALSE(seal == changed);
  EXPECT_TRUE(seal == log_sealed(seal));
}

TEST(codec, descriptor_is_the_identity_of_the_log) {
  const log_identity given{"0123456789abcdef", 8, 1};
  const aligned_bytes value(descriptor_codec().encode(given));
  const auto decoded = descriptor_codec().decode(value.view());
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, given);
}

TEST(codec, other_records_are_no_descriptor) {
  const aligned_bytes message(encode(user_event()));
  const aligned_bytes garbage("no record at all");
  for (const auto& value : {message.view(), garbage.view()}) {
    const auto decoded = descriptor_codec().decode(value);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, errc::malformed);
  }
}

TEST(codec, dump_is_one_line_whatever_the_texts_hold) {
  auto e = user_event();
  e.actor_name = "a\nb\r\"c\"";
  e.facts = message_posted{};
  const auto content = encode(message_content{"text", "x\ny", "{\n", {}, {}});
  e.content = as_byte_view(content);
  EXPECT_EQ(to_json(e).find('\n'), std::string::npos);
  EXPECT_NE(to_json(e).find(R"("text":"x\ny")"), std::string::npos);
}

TEST(codec, dump_shows_content_that_it_cannot_read_as_hexadecimal) {
  auto e = user_event();
  e.facts = message_posted{};
  e.content = as_byte_view("\x01\xFF");
  EXPECT_NE(to_json(e).find(R"("content_hex":"01ff")"), std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
