// One line of JSON per event, for people, `read` and the golden corpus. Field names are those of
// event.h; texts that are JSON themselves stay strings, so that a line is JSON whatever they hold.
#include "schemas/records/codec.h"
#include "schemas/records/json_dump.h"

namespace roomlog {
namespace {

struct facts_dumper {
  json_object& json;

  void operator()(const unknown_body& f) {
    json.field("body", "unknown").field("type", std::uint64_t{f.type});
  }
  void operator()(const room_created& f) {
    json.field("body", "room_created").field("is_public", f.is_public).field("direct", f.direct);
    auto& out = json.value_of("members");
    out += '[';
    for (const auto& member : f.members) {
      if (out.back() != '[') out += ',';
      append_json_string(out, member);
    }
    out += ']';
  }
  void operator()(const room_changed& f) {
    json.field("body", "room_changed").field("closed", f.closed);
  }
  void operator()(const member_changed& f) {
    json.field("body", "member_changed")
        .field("change", to_string(f.change))
        .field("user", f.user)
        .field("role", to_string(f.role));
  }
  void operator()(const message_posted& f) {
    json.field("body", "message_posted")
        .field("thread", f.thread.value)
        .field("reply_to", f.reply_to.value);
  }
  void operator()(const message_edited& f) {
    json.field("body", "message_edited").field("target", f.target.value);
  }
  void operator()(const message_deleted& f) {
    json.field("body", "message_deleted").field("target", f.target.value);
  }
  void operator()(const reaction_changed& f) {
    json.field("body", "reaction_changed")
        .field("target", f.target.value)
        .field("emoji", f.emoji)
        .field("remove", f.remove);
  }
  void operator()(const log_descriptor& f) {
    json.field("body", "log_descriptor")
        .field("epoch", f.epoch)
        .field("partitions", std::uint64_t{f.partitions})
        .field("format_version", std::uint64_t{f.format_version});
  }
  void operator()(const gateway_fence&) { json.field("body", "gateway_fence"); }
  void operator()(const epoch_changed& f) {
    json.field("body", "epoch_changed").field("epoch", f.epoch);
  }
  void operator()(const import_begun& f) {
    json.field("body", "import_begun").field("source_epoch", f.source_epoch);
  }
  void operator()(const fold_activated& f) {
    json.field("body", "fold_activated").field("fold_version", std::uint64_t{f.fold_version});
  }
  void operator()(const log_sealed& f) {
    json.field("body", "log_sealed")
        .field("upto", f.upto.value)
        .field("size", f.size)
        .field("root", hex_text(f.root))
        .field("hash", hex_text(f.hash))
        .field("key_id", f.key_id)
        .field("signature", hex_text(f.signature));
  }
  void operator()(const principal_revoked& f) {
    json.field("body", "principal_revoked").field("user", f.user).field("device", f.device);
    dump_time(json, "before", f.before);
  }
  void operator()(const watermarks_advanced& f) {
    json.field("body", "watermarks_advanced");
    auto& out = json.value_of("watermarks");
    out += '[';
    for (const auto& one : f.watermarks) {
      if (out.back() != '[') out += ',';
      json_object(out)
          .field("user", one.user)
          .field("delivered", one.delivered.value)
          .field("read", one.read.value)
          .close();
    }
    out += ']';
  }
};

void dump(json_object& json, const message_content& content) {
  json_object inner(json.value_of("content"));
  inner.field("content_type", content.content_type)
      .field("text", content.text)
      .field("metadata_json", content.metadata_json)
      .field("attachments_json", content.attachments_json)
      .field("signature_json", content.signature_json)
      .close();
}

void dump(json_object& json, const room_content& content) {
  json_object inner(json.value_of("content"));
  inner.field("title", content.title).field("metadata_json", content.metadata_json).close();
}

// Whether the content was plain and of the type that the facts call for.
bool dump_known_content(json_object& json, const event& e) {
  if (e.body_encoding != 0) return false;
  if (std::holds_alternative<message_posted>(e.facts) ||
      std::holds_alternative<message_edited>(e.facts)) {
    const auto content = decode_message_content(e.content);
    if (content) dump(json, *content);
    return content.has_value();
  }
  if (std::holds_alternative<room_created>(e.facts) ||
      std::holds_alternative<room_changed>(e.facts)) {
    const auto content = decode_room_content(e.content);
    if (content) dump(json, *content);
    return content.has_value();
  }
  return false;
}

void dump_append(json_object& json, const append_id& append) {
  json_object inner(json.value_of("append"));
  inner.field("gateway", append.gateway)
      .field("counter", append.counter)
      .field("nonce", hex_text(append.nonce))
      .field("number", append.number)
      .close();
}

void dump_origin(json_object& json, const std::optional<event_origin>& origin) {
  if (!origin) {
    json.raw("origin", "null");
    return;
  }
  json_object inner(json.value_of("origin"));
  inner.field("epoch", origin->epoch)
      .field("partition", std::uint64_t{origin->partition})
      .field("offset", origin->at.value);
  dump_time(inner, "append_time", origin->append_time);
  inner.field("verdict", std::uint64_t{origin->verdict}).field("seq", origin->seq.value).close();
}

}  // namespace

std::string to_json(const event& e) {
  std::string out;
  json_object json(out);
  json.field("schema_version", std::uint64_t{e.schema_version}).field("critical", e.critical);
  dump_append(json, e.append);
  json.field("room", e.room)
      .field("actor", e.actor)
      .field("actor_name", e.actor_name)
      .field("device", e.device)
      .field("cid", e.cid)
      .field("after_cid", e.after_cid)
      .field("digest", hex_text(e.digest))
      .field("digest_algorithm", static_cast<std::uint64_t>(e.digest_alg));
  dump_time(json, "deadline", e.deadline);
  dump_time(json, "client_time", e.client_time);
  dump_time(json, "gateway_time", e.gateway_time);
  json.field("traceparent", e.traceparent)
      .field("body_encoding", std::uint64_t{e.body_encoding})
      .field("key_id", e.key_id);
  dump_origin(json, e.origin);
  std::visit(facts_dumper{json}, e.facts);
  if (e.content.empty()) {
    json.raw("content", "null");
  } else if (!dump_known_content(json, e)) {
    json.field("content_hex", hex_text(e.content));
  }
  json.close();
  return out;
}

}  // namespace roomlog
