// Bytes to values. The order matters: size, checksum, Verifier, and only then reading.
#include <cstring>
#include <type_traits>

#include "event_generated.h"
#include "schemas/records/codec.h"
#include "schemas/records/sealed_buffer.h"

namespace roomlog {
namespace {

byte_view view_of(const flatbuffers::Vector<std::uint8_t>* bytes) {
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const std::byte*>(bytes->data()), bytes->size()};
}

void read_digest(std::array<std::byte, 16>& to, const fbs::Digest16& from) {
  flatbuffers::WriteScalar<std::uint64_t>(to.data(), from.low());
  flatbuffers::WriteScalar<std::uint64_t>(to.data() + 8, from.high());
}

// Reads one record's facts. Enum values that this build does not know make the body unknown when
// the record comes from a newer schema, and the record malformed when it does not.
class facts_decoder {
 public:
  facts_decoder(const fbs::Event& from, string_decoder& text) : from_(from), text_(text) {}

  // Empty: malformed.
  std::optional<event_facts> operator()() {
    const auto type = static_cast<std::uint8_t>(from_.facts_type());
    if (type == 0) return event_facts(unknown_body{});
    if (from_.facts() == nullptr) return std::nullopt;
    auto facts = known();
    if (!well_formed_) return std::nullopt;
    if (!enums_known_) {
      if (from_.schema_version() <= schema_version_current) return std::nullopt;
      return event_facts(unknown_body{type});
    }
    return facts;
  }

 private:
  event_facts known() {
    switch (from_.facts_type()) {
      case fbs::Facts::RoomCreated:
        return read(*from_.facts_as_RoomCreated());
      case fbs::Facts::RoomChanged:
        return room_changed{from_.facts_as_RoomChanged()->closed()};
      case fbs::Facts::MemberChanged:
        return read(*from_.facts_as_MemberChanged());
      case fbs::Facts::MessagePosted:
        return message_posted{seq_no{from_.facts_as_MessagePosted()->thread()},
                              seq_no{from_.facts_as_MessagePosted()->reply_to()}};
      case fbs::Facts::MessageEdited:
        return message_edited{seq_no{from_.facts_as_MessageEdited()->target()}};
      case fbs::Facts::MessageDeleted:
        return message_deleted{seq_no{from_.facts_as_MessageDeleted()->target()}};
      case fbs::Facts::ReactionChanged:
        return read(*from_.facts_as_ReactionChanged());
      default:
        return control();
    }
  }
  event_facts control() {
    switch (from_.facts_type()) {
      case fbs::Facts::LogDescriptor:
        return read(*from_.facts_as_LogDescriptor());
      case fbs::Facts::GatewayFence:
        return gateway_fence{};
      case fbs::Facts::EpochChanged:
        return epoch_changed{text_(from_.facts_as_EpochChanged()->epoch())};
      case fbs::Facts::ImportBegun:
        return import_begun{text_(from_.facts_as_ImportBegun()->source_epoch())};
      case fbs::Facts::FoldActivated:
        return fold_activated{from_.facts_as_FoldActivated()->fold_version()};
      case fbs::Facts::LogSealed:
        return read(*from_.facts_as_LogSealed());
      case fbs::Facts::PrincipalRevoked:
        return read(*from_.facts_as_PrincipalRevoked());
      case fbs::Facts::WatermarksAdvanced:
        return read(*from_.facts_as_WatermarksAdvanced());
      default:
        return unknown_body{static_cast<std::uint8_t>(from_.facts_type())};
    }
  }

  room_created read(const fbs::RoomCreated& f) {
    room_created facts{f.is_public(), f.direct(), {}};
    if (const auto* members = f.members()) {
      facts.members.reserve(members->size());
      for (const auto* member : *members) facts.members.push_back(text_(member));
    }
    return facts;
  }
  member_changed read(const fbs::MemberChanged& f) {
    enums_known_ = f.change() >= fbs::MemberChange::MIN && f.change() <= fbs::MemberChange::MAX &&
                   f.role() >= fbs::MemberRole::MIN && f.role() <= fbs::MemberRole::MAX;
    return {static_cast<member_change>(f.change()), text_(f.user()),
            static_cast<member_role>(f.role())};
  }
  reaction_changed read(const fbs::ReactionChanged& f) {
    return {seq_no{f.target()}, text_(f.emoji()), f.remove()};
  }
  log_descriptor read(const fbs::LogDescriptor& f) {
    return {text_(f.epoch()), f.partitions(), f.format_version()};
  }
  log_sealed read(const fbs::LogSealed& f) {
    log_sealed facts{offset{f.upto()},      f.size(), view_of(f.root()), {}, text_(f.key_id()),
                     view_of(f.signature())};
    if (f.hash() != nullptr) read_digest(facts.hash, *f.hash());
    well_formed_ =
        facts.root.size() == log_sealed::root_bytes &&
        (facts.signature.empty() || facts.signature.size() == log_sealed::signature_bytes);
    return facts;
  }
  principal_revoked read(const fbs::PrincipalRevoked& f) {
    return {text_(f.user()), text_(f.device()), timestamp{f.before()}};
  }
  watermarks_advanced read(const fbs::WatermarksAdvanced& f) {
    watermarks_advanced facts;
    if (const auto* watermarks = f.watermarks()) {
      facts.watermarks.reserve(watermarks->size());
      for (const auto* one : *watermarks) {
        facts.watermarks.push_back(
            {text_(one->user()), seq_no{one->delivered()}, seq_no{one->read()}});
      }
    }
    return facts;
  }

  const fbs::Event& from_;
  string_decoder& text_;
  bool enums_known_ = true;
  bool well_formed_ = true;
};

void read_strings(event& e, const fbs::Event& from, string_decoder& text) {
  e.append.gateway = text(from.gateway());
  e.room = text(from.room());
  e.actor = text(from.actor());
  e.actor_name = text(from.actor_name());
  e.device = text(from.device());
  e.cid = text(from.cid());
  e.after_cid = text(from.after_cid());
  e.traceparent = text(from.traceparent());
  e.key_id = text(from.key_id());
}

void read_numbers(event& e, const fbs::Event& from) {
  e.schema_version = from.schema_version();
  e.critical = from.critical();
  if (const auto* numbers = from.append()) {
    e.append.counter = numbers->counter();
    e.append.nonce = numbers->nonce();
    e.append.number = numbers->number();
  }
  if (const auto* digest = from.digest()) read_digest(e.digest, *digest);
  e.digest_alg = static_cast<digest_algorithm>(from.digest_algorithm());
  e.deadline = timestamp{from.deadline()};
  e.client_time = timestamp{from.client_time()};
  e.gateway_time = timestamp{from.gateway_time()};
  e.body_encoding = from.body_encoding();
}

void read_origin(event& e, const fbs::Event& from, string_decoder& text) {
  const auto* origin = from.origin();
  if (origin == nullptr) return;
  e.origin = event_origin{text(origin->epoch()),    origin->partition(),
                          offset{origin->offset()}, timestamp{origin->append_time()},
                          origin->verdict(),        seq_no{origin->seq()}};
}

}  // namespace

result<event> decode(byte_view value) {
  const auto buffer = open_seal(value);
  if (!buffer) return buffer.error();
  const auto* root = verified_root<fbs::Event>(*buffer, fbs::EventIdentifier());
  if (root == nullptr) return malformed("record is not an RLG1 FlatBuffer");

  result<event> decoded{event{}};
  event& e = *decoded;
  string_decoder text;
  read_strings(e, *root, text);
  read_numbers(e, *root);
  read_origin(e, *root, text);
  auto facts = facts_decoder(*root, text)();
  if (!facts) return malformed("record's facts are missing or out of range");
  e.facts = std::move(*facts);
  if (!text.valid()) return malformed("record holds a string that is not UTF-8");
  e.content = view_of(root->content());
  if (reinterpret_cast<std::uintptr_t>(e.content.data()) % 8 != 0) {
    return malformed("record's content is not aligned to 8 bytes");
  }
  return decoded;
}

}  // namespace roomlog
