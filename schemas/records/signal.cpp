#include "schemas/records/signal.h"

#include "schemas/records/json_dump.h"
#include "schemas/records/sealed_buffer.h"
#include "signal_generated.h"

namespace roomlog {
namespace {

using body_offset = flatbuffers::Offset<void>;

struct encoded_body {
  fbs::SignalBody type = fbs::SignalBody::NONE;
  body_offset table;
};

struct body_encoder {
  flatbuffers::FlatBufferBuilder& to;

  encoded_body operator()(const unknown_signal& body) {
    if (body.type == 0) return {};
    const auto start = to.StartTable();
    return {static_cast<fbs::SignalBody>(body.type), body_offset(to.EndTable(start))};
  }
  encoded_body operator()(const typing_signal& body) {
    return {fbs::SignalBody::Typing, fbs::CreateTyping(to, body.started).Union()};
  }
  encoded_body operator()(const presence_signal& body) {
    return {fbs::SignalBody::Presence, fbs::CreatePresence(to, body.online).Union()};
  }
};

signal_body body_of(const fbs::Signal& from) {
  switch (from.body_type()) {
    case fbs::SignalBody::Typing:
      return typing_signal{from.body_as_Typing()->started()};
    case fbs::SignalBody::Presence:
      return presence_signal{from.body_as_Presence()->online()};
    default:
      return unknown_signal{static_cast<std::uint8_t>(from.body_type())};
  }
}

struct body_dumper {
  json_object& json;

  void operator()(const unknown_signal& body) {
    json.field("body", "unknown").field("type", std::uint64_t{body.type});
  }
  void operator()(const typing_signal& body) {
    json.field("body", "typing").field("started", body.started);
  }
  void operator()(const presence_signal& body) {
    json.field("body", "presence").field("online", body.online);
  }
};

}  // namespace

std::string encode(const room_signal& signal) {
  auto& builder = cleared_builder();
  const auto room = put_string(builder, signal.room);
  const auto user = put_string(builder, signal.user);
  const auto user_name = put_string(builder, signal.user_name);
  const auto body = std::visit(body_encoder{builder}, signal.body);
  builder.Finish(fbs::CreateSignal(builder, signal.schema_version, room, user, user_name,
                                   signal.gateway_time.value, body.type, body.table),
                 fbs::SignalIdentifier());
  return seal(builder);
}

result<room_signal> decode_signal(byte_view value) {
  const auto buffer = open_seal(value);
  if (!buffer) return buffer.error();
  const auto* root = verified_root<fbs::Signal>(*buffer, fbs::SignalIdentifier());
  if (root == nullptr) return malformed("record is not an RLS1 FlatBuffer");
  if (root->body_type() != fbs::SignalBody::NONE && root->body() == nullptr) {
    return malformed("signal's body is missing");
  }
  string_decoder text;
  const room_signal decoded{root->schema_version(),
                            text(root->room()),
                            text(root->user()),
                            text(root->user_name()),
                            timestamp{root->gateway_time()},
                            body_of(*root)};
  if (!text.valid()) return malformed("signal holds a string that is not UTF-8");
  return decoded;
}

std::string to_json(const room_signal& signal) {
  std::string out;
  json_object json(out);
  json.field("schema_version", std::uint64_t{signal.schema_version})
      .field("room", signal.room)
      .field("user", signal.user)
      .field("user_name", signal.user_name);
  dump_time(json, "gateway_time", signal.gateway_time);
  std::visit(body_dumper{json}, signal.body);
  json.close();
  return out;
}

}  // namespace roomlog
