// Values to bytes. Everything of variable size is written first, then the table that refers to it.
#include <cstring>

#include "event_generated.h"
#include "schemas/records/codec.h"
#include "schemas/records/sealed_buffer.h"

namespace roomlog {
namespace {

using builder_type = flatbuffers::FlatBufferBuilder;
using facts_offset = flatbuffers::Offset<void>;

// A type in the union and its table, for each kind of facts.
struct encoded_facts {
  fbs::Facts type = fbs::Facts::NONE;
  facts_offset table;
};

template <class Table>
encoded_facts facts_of(fbs::Facts type, flatbuffers::Offset<Table> table) {
  return {type, table.Union()};
}

flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_bytes(builder_type& to,
                                                                 byte_view bytes) {
  if (bytes.empty()) return 0;
  return to.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

fbs::Digest16 as_digest(const std::array<std::byte, 16>& bytes) {
  return {flatbuffers::ReadScalar<std::uint64_t>(bytes.data()),
          flatbuffers::ReadScalar<std::uint64_t>(bytes.data() + 8)};
}

struct facts_encoder {
  builder_type& to;

  encoded_facts operator()(const unknown_body& f) {
    if (f.type == 0) return {};
    // Only the number survives: an empty table stands for what this build cannot write.
    const auto start = to.StartTable();
    return {static_cast<fbs::Facts>(f.type), facts_offset(to.EndTable(start))};
  }
  encoded_facts operator()(const room_created& f) {
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> members;
    if (!f.members.empty()) {
      std::vector<flatbuffers::Offset<flatbuffers::String>> names;
      names.reserve(f.members.size());
      for (const auto& name : f.members) {
        names.push_back(to.CreateString(name.data(), name.size()));
      }
      members = to.CreateVector(names);
    }
    return facts_of(fbs::Facts::RoomCreated,
                    fbs::CreateRoomCreated(to, f.is_public, f.direct, members));
  }
  encoded_facts operator()(const room_changed& f) {
    return facts_of(fbs::Facts::RoomChanged, fbs::CreateRoomChanged(to, f.closed));
  }
  encoded_facts operator()(const member_changed& f) {
    const auto user = put_string(to, f.user);
    return facts_of(fbs::Facts::MemberChanged,
                    fbs::CreateMemberChanged(to, static_cast<fbs::MemberChange>(f.change), user,
                                             static_cast<fbs::MemberRole>(f.role)));
  }
  encoded_facts operator()(const message_posted& f) {
    return facts_of(fbs::Facts::MessagePosted,
                    fbs::CreateMessagePosted(to, f.thread.value, f.reply_to.value));
  }
  encoded_facts operator()(const message_edited& f) {
    return facts_of(fbs::Facts::MessageEdited, fbs::CreateMessageEdited(to, f.target.value));
  }
  encoded_facts operator()(const message_deleted& f) {
    return facts_of(fbs::Facts::MessageDeleted, fbs::CreateMessageDeleted(to, f.target.value));
  }
  encoded_facts operator()(const reaction_changed& f) {
    const auto emoji = put_string(to, f.emoji);
    return facts_of(fbs::Facts::ReactionChanged,
                    fbs::CreateReactionChanged(to, f.target.value, emoji, f.remove));
  }
  encoded_facts operator()(const log_descriptor& f) {
    const auto epoch = put_string(to, f.epoch);
    return facts_of(fbs::Facts::LogDescriptor,
                    fbs::CreateLogDescriptor(to, epoch, f.partitions, f.format_version));
  }
  encoded_facts operator()(const gateway_fence&) {
    return facts_of(fbs::Facts::GatewayFence, fbs::CreateGatewayFence(to));
  }
  encoded_facts operator()(const epoch_changed& f) {
    const auto epoch = put_string(to, f.epoch);
    return facts_of(fbs::Facts::EpochChanged, fbs::CreateEpochChanged(to, epoch));
  }
  encoded_facts operator()(const import_begun& f) {
    const auto epoch = put_string(to, f.source_epoch);
    return facts_of(fbs::Facts::ImportBegun, fbs::CreateImportBegun(to, epoch));
  }
  encoded_facts operator()(const fold_activated& f) {
    return facts_of(fbs::Facts::FoldActivated, fbs::CreateFoldActivated(to, f.fold_version));
  }
  encoded_facts operator()(const log_sealed& f) {
    const auto root = put_bytes(to, f.root);
    const auto key_id = put_string(to, f.key_id);
    const auto signature = put_bytes(to, f.signature);
    const auto hash = as_digest(f.hash);
    return facts_of(fbs::Facts::LogSealed,
                    fbs::CreateLogSealed(to, f.upto.value, f.size, root, &hash, key_id, signature));
  }
  encoded_facts operator()(const principal_revoked& f) {
    const auto user = put_string(to, f.user);
    const auto device = put_string(to, f.device);
    return facts_of(fbs::Facts::PrincipalRevoked,
                    fbs::CreatePrincipalRevoked(to, user, device, f.before.value));
  }
  encoded_facts operator()(const watermarks_advanced& f) {
    std::vector<flatbuffers::Offset<fbs::Watermark>> tables;
    tables.reserve(f.watermarks.size());
    for (const auto& one : f.watermarks) {
      const auto user = put_string(to, one.user);
      tables.push_back(fbs::CreateWatermark(to, user, one.delivered.value, one.read.value));
    }
    const auto watermarks = to.CreateVector(tables);
    return facts_of(fbs::Facts::WatermarksAdvanced, fbs::CreateWatermarksAdvanced(to, watermarks));
  }
};

flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_content(builder_type& to,
                                                                   byte_view content) {
  if (!content.empty()) to.ForceVectorAlignment(content.size(), sizeof(std::uint8_t), 8);
  return put_bytes(to, content);
}

flatbuffers::Offset<fbs::Origin> put_origin(builder_type& to,
                                            const std::optional<event_origin>& origin) {
  if (!origin) return 0;
  const auto epoch = put_string(to, origin->epoch);
  return fbs::CreateOrigin(to, epoch, origin->partition, origin->at.value,
                           origin->append_time.value, origin->verdict, origin->seq.value);
}

// The strings of the envelope, in the order of the schema.
struct envelope_strings {
  flatbuffers::Offset<flatbuffers::String> gateway, room, actor, actor_name, device, cid, after_cid,
      traceparent, key_id;

  envelope_strings(builder_type& to, const event& e)
      : gateway(put_string(to, e.append.gateway)),
        room(put_string(to, e.room)),
        actor(put_string(to, e.actor)),
        actor_name(put_string(to, e.actor_name)),
        device(put_string(to, e.device)),
        cid(put_string(to, e.cid)),
        after_cid(put_string(to, e.after_cid)),
        traceparent(put_string(to, e.traceparent)),
        key_id(put_string(to, e.key_id)) {}
};

void add_strings(fbs::EventBuilder& table, const envelope_strings& strings) {
  table.add_gateway(strings.gateway);
  table.add_room(strings.room);
  table.add_actor(strings.actor);
  table.add_actor_name(strings.actor_name);
  table.add_device(strings.device);
  table.add_cid(strings.cid);
  table.add_after_cid(strings.after_cid);
  table.add_traceparent(strings.traceparent);
  table.add_key_id(strings.key_id);
}

void add_numbers(fbs::EventBuilder& table, const event& e) {
  const fbs::AppendNumbers numbers(e.append.counter, e.append.nonce, e.append.number);
  if (e.append.counter != 0 || e.append.nonce != 0 || e.append.number != 0) {
    table.add_append(&numbers);
  }
  const fbs::Digest16 digest = as_digest(e.digest);
  if (e.digest != command_digest{}) table.add_digest(&digest);
  table.add_deadline(e.deadline.value);
  table.add_client_time(e.client_time.value);
  table.add_gateway_time(e.gateway_time.value);
  table.add_schema_version(e.schema_version);
  table.add_critical(e.critical);
  table.add_digest_algorithm(static_cast<fbs::DigestAlgorithm>(e.digest_alg));
  table.add_body_encoding(e.body_encoding);
}

}  // namespace

std::string encode(const event& e) {
  auto& builder = cleared_builder();
  const auto content = put_content(builder, e.content);
  const auto facts = std::visit(facts_encoder{builder}, e.facts);
  const auto origin = put_origin(builder, e.origin);
  const envelope_strings strings(builder, e);

  fbs::EventBuilder table(builder);
  add_strings(table, strings);
  add_numbers(table, e);
  table.add_origin(origin);
  table.add_facts(facts.table);
  table.add_facts_type(facts.type);
  table.add_content(content);
  builder.Finish(table.Finish(), fbs::EventIdentifier());
  return seal(builder);
}

}  // namespace roomlog
