// Bytes that are no record are an error and never a crash: damage that the checksum sees, and
// hostile bytes with a right checksum, which only the Verifier can refuse.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/protocol/event_json.h"
#include "schemas/records/codec.h"
#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/arbitrary.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

struct encoded_sample {
  std::string name;
  std::string value;
  std::function<bool(byte_view)> decodes;
};

// Every sample of every stream.
std::vector<encoded_sample> encoded_samples() {
  std::vector<encoded_sample> all;
  for (const auto& [name, given] : sample_events()) {
    all.push_back({name, encode(given), [](byte_view v) { return decode(v).has_value(); }});
  }
  for (const auto& [name, given] : sample_signals()) {
    all.push_back({name, encode(given), [](byte_view v) { return decode_signal(v).has_value(); }});
  }
  return all;
}

// Reads everything that a decoded event gives access to.
void use(byte_view value) {
  const auto decoded = decode(value);
  if (!decoded) return;
  std::string out = to_json(*decoded);
  (void)append_event_json(out, *decoded, {});  // refuses control records and odd contents
}

TEST(codec_damage, undamaged_samples_decode) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    EXPECT_TRUE(decodes(aligned_bytes(value).view())) << name;
  }
}

TEST(codec_damage, any_single_flipped_bit_is_detected) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    aligned_bytes damaged(value);
    for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1u << bit % 8);
      damaged[bit / 8] ^= mask;
      ASSERT_FALSE(decodes(damaged.view())) << name << ", bit " << bit;
      damaged[bit / 8] ^= mask;
    }
  }
}

TEST(codec_damage, any_truncation_is_an_error) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    for (std::size_t size = 0; size < value.size(); ++size) {
      const aligned_bytes head(value.substr(0, size));
      ASSERT_FALSE(decodes(head.view())) << name << ", " << size << " bytes";
    }
  }
}

TEST(codec_damage, extra_bytes_are_an_error) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    for (std::size_t extra = 1; extra <= 24; ++extra) {
      ASSERT_FALSE(decodes(aligned_bytes(value + std::string(extra, '\0')).view())) << name;
      ASSERT_FALSE(decodes(aligned_bytes(value + value.substr(value.size() - extra)).view()))
          << name;
    }
  }
}

TEST(codec_damage, truncations_with_a_right_checksum_never_crash) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    for (std::size_t size = 0; size + 8 < value.size(); ++size) {
      const aligned_bytes resealed(with_checksum(value.substr(0, size)));
      (void)decodes(resealed.view());  // a cut may leave a whole table; it must only not crash
      use(resealed.view());
    }
  }
}

TEST(codec_damage, changed_bytes_with_a_right_checksum_never_crash) {
  for (const auto& [name, value, decodes] : encoded_samples()) {
    auto buffer = value.substr(0, value.size() - 8);
    for (auto& byte : buffer) {
      const char before = byte;
      for (const int change : {0x01, 0x04, 0x80, 0xFF}) {
        byte = static_cast<char>(before ^ change);
        const aligned_bytes resealed(with_checksum(buffer));
        (void)decodes(resealed.view());  // text may have changed to other text
        use(resealed.view());
      }
      byte = before;
    }
  }
}

RC_GTEST_PROP(codec_damage, many_changes_with_a_right_checksum_never_crash, ()) {
  const auto given = *arbitrary_event();
  auto buffer = encode(given.ev);
  buffer.resize(buffer.size() - 8);
  const auto changes = *rc::gen::inRange(1, 9);
  for (int i = 0; i < changes; ++i) {
    buffer[*rc::gen::inRange<std::size_t>(0, buffer.size())] = *rc::gen::arbitrary<char>();
  }
  use(aligned_bytes(with_checksum(buffer)).view());
}

RC_GTEST_PROP(codec_damage, arbitrary_bytes_never_crash, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  RC_ASSERT(!decode(aligned_bytes(bytes).view()).has_value());
  use(aligned_bytes(with_checksum(bytes)).view());
  (void)decode_message_content(aligned_bytes(bytes).view());  // only a crash is wrong here
  (void)decode_room_content(aligned_bytes(bytes).view());
}

TEST(codec_damage, strings_that_are_not_utf8_are_malformed) {
  const auto reason = [](const event& e) {
    const aligned_bytes value(encode(e));
    const auto decoded = decode(value.view());
    return decoded ? std::string() : decoded.error().text;
  };
  const std::string_view bad = "a\xC0\x80";
  for (const auto member : {&event::room, &event::actor, &event::actor_name, &event::device,
                            &event::cid, &event::after_cid, &event::traceparent, &event::key_id}) {
    auto e = user_event();
    e.*member = bad;
    EXPECT_EQ(reason(e), "record holds a string that is not UTF-8");
  }
  for (const event_facts& facts :
       {event_facts(room_created{false, false, {"ok", bad}}),
        event_facts(member_changed{member_change::kicked, bad, member_role::none}),
        event_facts(reaction_changed{seq_no{1}, bad, false}),
        event_facts(log_descriptor{bad, 1, 1}), event_facts(epoch_changed{bad}),
        event_facts(import_begun{bad}), event_facts(principal_revoked{bad, "", {}}),
        event_facts(principal_revoked{"t/u", bad, {}}),
        event_facts(watermarks_advanced{{{"ok", {}, {}}, {bad, {}, {}}}})}) {
    auto e = user_event();
    e.facts = facts;
    EXPECT_EQ(reason(e), "record holds a string that is not UTF-8") << to_json(e);
  }
  auto e = user_event();
  e.origin = event_origin{bad, 0, {}, {}, 0, {}};
  EXPECT_EQ(reason(e), "record holds a string that is not UTF-8");
}

TEST(codec_damage, contents_that_are_not_utf8_are_malformed) {
  const std::string_view bad = "\xED\xA0\x80";
  for (const auto& content :
       {message_content{bad, {}, {}, {}, {}}, message_content{"text", bad, {}, {}, {}},
        message_content{"text", {}, bad, {}, {}}, message_content{"text", {}, {}, bad, {}},
        message_content{"text", {}, {}, {}, bad}}) {
    const aligned_bytes bytes(encode(content));
    const auto decoded = decode_message_content(bytes.view());
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, errc::malformed);
  }
  for (const auto& content : {room_content{bad, {}}, room_content{{}, bad}}) {
    EXPECT_FALSE(decode_room_content(aligned_bytes(encode(content)).view()).has_value());
  }
}

TEST(codec_damage, records_of_one_stream_are_malformed_in_another) {
  const aligned_bytes event_value(encode(user_event()));
  const aligned_bytes signal_value(encode(sample_signals().front().value));
  EXPECT_FALSE(decode(signal_value.view()).has_value());
  EXPECT_FALSE(decode_signal(event_value.view()).has_value());
}

TEST(codec_damage, unaligned_bytes_are_refused_rather_than_read) {
  const aligned_bytes shifted("x" + encode(user_event()));
  const auto decoded = decode(shifted.view().subspan(1));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().text, "record is not aligned to 8 bytes");
}

TEST(codec_damage, records_above_the_bound_are_refused) {
  const auto record_with_content = [](std::size_t size) {
    const std::string content(size, 'x');
    auto e = user_event();
    e.content = as_byte_view(content);
    return encode(e);
  };
  const std::size_t around = record_with_content(1 << 16).size() - (1 << 16);
  const auto largest = record_with_content(record_bytes_max - around);
  ASSERT_EQ(largest.size(), record_bytes_max);
  EXPECT_TRUE(decode(aligned_bytes(largest).view()).has_value());
  const auto larger = record_with_content(record_bytes_max - around + 8);
  EXPECT_FALSE(decode(aligned_bytes(larger).view()).has_value());
}

}  // namespace
}  // namespace roomlog::testing
