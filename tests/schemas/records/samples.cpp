#include "tests/schemas/records/samples.h"

#include "schemas/records/codec.h"

namespace roomlog::testing {
namespace {

// Encoded once and kept: events borrow their content.
byte_view kept(std::string encoded) {
  static auto* const all = new std::vector<std::unique_ptr<std::string>>;
  all->push_back(std::make_unique<std::string>(std::move(encoded)));
  return as_byte_view(*all->back());
}

template <class Content>
event with(event_facts facts, const Content& content) {
  auto e = user_event();
  e.facts = std::move(facts);
  e.content = kept(encode(content));
  return e;
}

event with(event_facts facts) {
  auto e = user_event();
  e.facts = std::move(facts);
  return e;
}

event control(event_facts facts) {
  event e;
  e.append = {"gw-5f2c", 7, 0xfedcba9876543210u, 0};
  e.gateway_time = timestamp{1'772'356'447'000'123};
  e.facts = std::move(facts);
  return e;
}

message_content full_content() {
  return {"markdown", "Gr\xC3\xBC\xC3\x9F Gott, \"Welt\"\n\xF0\x9F\x91\x8B",
          R"({"lang":"de","n":[1,2,3]})",
          R"([{"url":"https://files.example/1","bytes":9007199254740991}])",
          R"({"alg":"EdDSA","sig":"MEUCIQ"})"};
}

event encrypted_message() {
  auto e = with(message_posted{seq_no{3}, seq_no{9}});
  e.critical = false;
  e.body_encoding = 1;
  e.key_id = "room-key-17";
  e.content = kept("\x01\x02\xFF opaque bytes of odd length");
  return e;
}

event imported_message() {
  auto e = with(message_posted{}, message_content{"text", "from another life", {}, {}, {}});
  e.origin = event_origin{"0123456789abcdef",
                          5,
                          offset{1ull << 40},
                          timestamp{1'600'000'000'000'001},
                          1,
                          seq_no{18'446'744'073'709'551'615u}};
  return e;
}

log_sealed seal(byte_view signature, std::string_view key_id) {
  std::string root;
  for (int i = 0; i < 32; ++i) root += static_cast<char>(8 * i);
  log_sealed s{offset{1000}, 998, kept(root), {}, key_id, signature};
  for (std::size_t i = 0; i < s.hash.size(); ++i) s.hash[i] = static_cast<std::byte>(15 * i);
  return s;
}

event watermarks(std::vector<watermark> all) {
  auto e = control(watermarks_advanced{std::move(all)});
  e.append.number = 123'457;
  e.room = "default/general";
  return e;
}

event unknown() {
  auto e = with(unknown_body{200});
  e.schema_version = 9;
  e.critical = false;
  return e;
}

}  // namespace

event user_event() {
  event e;
  e.append = {"gw-5f2c", 7, 0xfedcba9876543210u, 123'456};
  e.room = "default/general";
  e.actor = "ann";
  e.actor_name = "Ann \xC3\x84nderung";
  e.device = "d1";
  e.cid = "0b6e1c9e-3f6a-4d8e-9b7a-6f1f2a3b4c5d";
  e.after_cid = "0b6e1c9e-3f6a-4d8e-9b7a-6f1f2a3b4c5c";
  for (std::size_t i = 0; i < e.digest.size(); ++i) e.digest[i] = static_cast<std::byte>(17 * i);
  e.digest_alg = digest_algorithm::sha256_128_v1;
  e.deadline = timestamp{1'772'356'452'000'123};
  e.client_time = timestamp{1'772'356'446'999'999};
  e.gateway_time = timestamp{1'772'356'447'000'123};
  e.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return e;
}

std::vector<sample<event>> sample_events() {
  return {
      {"unknown_body", unknown()},
      {"no_body", event{}},
      {"room_created", with(room_created{true, false, {"bob", "carol"}},
                            room_content{"General", R"({"topic":"all"})"})},
      {"room_created_direct", with(room_created{false, true, {"bob"}})},
      {"room_changed", with(room_changed{false}, room_content{"Lobby", {}})},
      {"room_closed", with(room_changed{true})},
      {"member_joined", with(member_changed{member_change::joined, "ann", member_role::none})},
      {"member_invited", with(member_changed{member_change::invited, "bob", member_role::writer})},
      {"member_left", with(member_changed{member_change::left, "ann", member_role::none})},
      {"member_kicked", with(member_changed{member_change::kicked, "bob", member_role::none})},
      {"member_role", with(member_changed{member_change::role, "bob", member_role::admin})},
      {"message_posted", with(message_posted{seq_no{3}, seq_no{9}}, full_content())},
      {"message_posted_plain", with(message_posted{}, message_content{"text", "hi", {}, {}, {}})},
      {"message_posted_encrypted", encrypted_message()},
      {"message_posted_imported", imported_message()},
      {"message_edited",
       with(message_edited{seq_no{41}}, message_content{"text", "hello", {}, {}, {}})},
      {"message_deleted", with(message_deleted{seq_no{41}})},
      {"reaction_added", with(reaction_changed{seq_no{41}, "\xF0\x9F\x91\x8D", false})},
      {"reaction_removed", with(reaction_changed{seq_no{41}, ":+1:", true})},
      {"log_descriptor", control(log_descriptor{"0123456789abcdef", 8, 2})},
      {"gateway_fence", control(gateway_fence{})},
      {"epoch_changed", control(epoch_changed{"fedcba9876543210"})},
      {"import_begun", control(import_begun{"0123456789abcdef"})},
      {"fold_activated", control(fold_activated{2})},
      {"log_sealed", control(seal(kept(std::string(64, '\xA5')), "seal-key-1"))},
      {"log_sealed_unsigned", control(seal({}, {}))},
      {"principal_revoked",
       control(principal_revoked{"default/mallory", {}, timestamp{1'772'356'447'000'000}})},
      {"device_revoked",
       control(principal_revoked{"default/mallory", "d1", timestamp{1'772'356'447'000'000}})},
      {"watermarks_advanced", watermarks({{"ann", seq_no{42}, seq_no{40}},
                                          {"b\xC3\xB6", seq_no{1ull << 53}, seq_no{}},
                                          {"carol", seq_no{}, seq_no{7}}})},
      {"watermarks_of_nobody", watermarks({})},
  };
}

std::vector<sample<room_signal>> sample_signals() {
  const timestamp at{1'772'356'447'000'123};
  return {
      {"typing_started", {1, "default/general", "ann", "Ann", at, typing_signal{true}}},
      {"typing_stopped", {1, "default/general", "ann", "Ann", at, typing_signal{false}}},
      {"presence_online", {1, "default/general", "ann", "", at, presence_signal{true}}},
      {"presence_offline", {1, "default/general", "ann", "", at, presence_signal{false}}},
      {"unknown", {7, "default/general", "ann", "", at, unknown_signal{99}}},
  };
}

std::vector<sample<message_content>> sample_message_contents() {
  return {{"full", full_content()},
          {"plain", {"text", "hi", {}, {}, {}}},
          {"empty_type", {"", "", {}, R"([{"url":"https://files.example/1"}])", {}}}};
}

std::vector<sample<room_content>> sample_room_contents() {
  return {{"full", {"General", R"({"topic":"all"})"}}, {"empty", {}}};
}

}  // namespace roomlog::testing
