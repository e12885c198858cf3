// The domain's plain value types: one record of the stream `events`, as everything but the codec
// sees it. An `event` borrows: its string_views point into the bytes that it was decoded from (a
// record batch), or into whatever the encoder's caller owns. Copy what has to live longer.
//
// A body has two parts (docs/record-format.md): `facts` are plain and the fold reads them;
// `content` is opaque to the fold, and may be encrypted and erased later.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "log/base/types.h"
#include "log/record.h"

namespace roomlog {

// SHA-256 over the canonical bytes of a client's command (docs/command-digest.md), first 16 bytes.
using command_digest = std::array<std::byte, 16>;

enum class digest_algorithm : std::uint8_t { none = 0, sha256_128_v1 = 1 };

// The identity of one physical append. Numbers run 1, 2, 3 … within (gateway, counter, nonce,
// partition).
struct append_id {
  std::string_view gateway;
  std::uint64_t counter = 0;  // of the incarnation, only grows
  std::uint64_t nonce = 0;    // of the incarnation, random
  std::uint64_t number = 0;   // 0 for records outside a fence (descriptors and fences themselves)

  friend bool operator==(const append_id&, const append_id&) = default;
};

enum class member_role : std::uint8_t { none = 0, owner = 1, admin = 2, writer = 3, reader = 4 };
enum class member_change : std::uint8_t { joined = 1, invited = 2, left = 3, kicked = 4, role = 5 };

// ---- facts, one per kind of body ----
struct room_created {
  bool is_public = false;
  bool direct = false;
  std::vector<std::string_view> members;  // besides the actor, who becomes owner

  friend bool operator==(const room_created&, const room_created&) = default;
};
struct room_changed {
  bool closed = false;  // true closes the room for good
  friend bool operator==(const room_changed&, const room_changed&) = default;
};
struct member_changed {
  member_change change = member_change::joined;
  std::string_view user;                 // whom it is about; the actor itself for joined and left
  member_role role = member_role::none;  // for invited and role
  friend bool operator==(const member_changed&, const member_changed&) = default;
};
struct message_posted {
  seq_no thread;    // root of the thread, 0: none
  seq_no reply_to;  // 0: none
  friend bool operator==(const message_posted&, const message_posted&) = default;
};
struct message_edited {
  seq_no target;
  friend bool operator==(const message_edited&, const message_edited&) = default;
};
struct message_deleted {
  seq_no target;
  friend bool operator==(const message_deleted&, const message_deleted&) = default;
};
struct reaction_changed {
  seq_no target;
  std::string_view emoji;
  bool remove = false;
  friend bool operator==(const reaction_changed&, const reaction_changed&) = default;
};

// ---- facts of a record that is in a room and gets no seq ----
// How far a user has received and read the room, 0: not told. Read implies delivered.
struct watermark {
  std::string_view user;
  seq_no delivered, read;
  friend bool operator==(const watermark&, const watermark&) = default;
};
constexpr std::size_t watermarks_max = 1024;  // of one record
struct watermarks_advanced {
  std::vector<watermark> watermarks;
  friend bool operator==(const watermarks_advanced&, const watermarks_advanced&) = default;
};

// ---- facts of control records: no room, no seq ----
struct log_descriptor {
  std::string_view epoch;
  std::uint32_t partitions = 0;
  std::uint32_t format_version = 0;
  friend bool operator==(const log_descriptor&, const log_descriptor&) = default;
};
struct gateway_fence {  // who: envelope's append id (number 0)
  friend bool operator==(const gateway_fence&, const gateway_fence&) = default;
};
struct epoch_changed {
  std::string_view epoch;
  friend bool operator==(const epoch_changed&, const epoch_changed&) = default;
};
struct import_begun {
  std::string_view source_epoch;
  friend bool operator==(const import_begun&, const import_begun&) = default;
};
struct fold_activated {
  std::uint32_t fold_version = 0;
  friend bool operator==(const fold_activated&, const fold_activated&) = default;
};
struct log_sealed {
  offset upto;                       // the next offset: what stands below it is sealed
  std::uint64_t size = 0;            // leaves of the tree
  byte_view root;                    // of the tree, root_bytes
  std::array<std::byte, 16> hash{};  // the fold's H at `upto`
  std::string_view key_id;
  byte_view signature;  // signature_bytes, or empty: not signed

  static constexpr std::size_t root_bytes = 32;
  static constexpr std::size_t signature_bytes = 64;
  friend bool operator==(const log_sealed& a, const log_sealed& b);
};
struct principal_revoked {
  std::string_view user;    // "tenant/user", the record's key
  std::string_view device;  // empty: all devices
  timestamp before;         // tokens that were issued up to this time are revoked
  friend bool operator==(const principal_revoked&, const principal_revoked&) = default;
};
// A body type that this build does not know. Critical: the partition stops; else it is counted.
struct unknown_body {
  std::uint8_t type = 0;
  friend bool operator==(const unknown_body&, const unknown_body&) = default;
};

using event_facts =
    std::variant<unknown_body, room_created, room_changed, member_changed, message_posted,
                 message_edited, message_deleted, reaction_changed, log_descriptor, gateway_fence,
                 epoch_changed, import_begun, fold_activated, log_sealed, principal_revoked,
                 watermarks_advanced>;

// Where an imported event stood in the log that it comes from.
struct event_origin {
  std::string_view epoch;
  std::uint32_t partition = 0;
  offset at;
  timestamp append_time;
  std::uint8_t verdict = 0;  // a verdict_kind
  seq_no seq;
  friend bool operator==(const event_origin&, const event_origin&) = default;
};

constexpr std::uint16_t schema_version_current = 2;

struct event {
  std::uint16_t schema_version = schema_version_current;
  bool critical = true;
  append_id append;
  std::string_view room;  // "tenant/room", the record's key; empty for control records
  std::string_view actor;
  std::string_view actor_name;  // shown to others, empty: none
  std::string_view device;
  std::string_view cid;
  std::string_view after_cid;
  command_digest digest{};
  digest_algorithm digest_alg = digest_algorithm::none;
  timestamp deadline;     // 0: none
  timestamp client_time;  // 0: not given
  timestamp gateway_time;
  std::string_view traceparent;
  std::uint8_t body_encoding = 0;  // 0: content is plain
  std::string_view key_id;
  std::optional<event_origin> origin;
  event_facts facts;
  byte_view content;  // encoded message_content or room_content, or empty

  friend bool operator==(const event& a, const event& b);
};

// Whom the event takes out of the room; empty: no member. Borrows from the event.
std::string_view user_put_out(const event& ev);

// Content of message_posted and message_edited. The JSON texts are compact and were validated by
// the gateway; they go to clients unchanged.
struct message_content {
  std::string_view content_type = "text";
  std::string_view text;
  std::string_view metadata_json;     // an object, or empty
  std::string_view attachments_json;  // an array of objects, or empty
  std::string_view signature_json;    // an object, or empty
  friend bool operator==(const message_content&, const message_content&) = default;
};

// Content of room_created and room_changed.
struct room_content {
  std::string_view title;
  std::string_view metadata_json;
  friend bool operator==(const room_content&, const room_content&) = default;
};

// "tenant/room" and back. Tenants hold no '/', so the first one divides.
struct room_key {
  std::string_view tenant;
  std::string_view room;
};
room_key split_room_key(std::string_view key);

const char* to_string(member_role role) noexcept;      // "owner" …, "" for none
const char* to_string(member_change change) noexcept;  // "joined" …
std::optional<member_role> parse_member_role(std::string_view name) noexcept;

}  // namespace roomlog
