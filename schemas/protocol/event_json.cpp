// Appends in few, long pieces: this runs once per event for all who see it, and in every page.
#include "schemas/protocol/event_json.h"

#include "schemas/records/codec.h"
#include "schemas/records/event_bodies.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/time_text.h"

namespace roomlog {
namespace {

// Names are given with their punctuation: `,"name":`.
void put_text(std::string& out, std::string_view name, std::string_view text) {
  out += name;
  append_json_string(out, text);
}

void put_text_if(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) put_text(out, name, text);
}

void put_number(std::string& out, std::string_view name, std::uint64_t n) {
  out += name;
  append_json_number(out, n);
}

void put_json_if(std::string& out, std::string_view name, std::string_view json) {
  if (json.empty()) return;
  out += name;
  out += json;
}

void put_flag(std::string& out, std::string_view name, bool value) {
  out += name;
  out += value ? "true" : "false";
}

// Who joins or is invited without a role is a writer (docs/protocol.md §2).
member_role shown_role(const member_changed& facts) {
  const bool enters =
      facts.change == member_change::joined || facts.change == member_change::invited;
  return enters && facts.role == member_role::none ? member_role::writer : facts.role;
}

// Writes what is particular to the kind of event.
class body_writer {
 public:
  body_writer(std::string& out, const event& ev, const event_standing& standing)
      : out_(out), ev_(ev), standing_(standing) {}

  result<> operator()(const message_posted& facts) {
    if (const auto written = message(); !written) return written;
    if (facts.thread.value != 0) put_number(out_, R"(,"thread":)", facts.thread.value);
    if (facts.reply_to.value != 0) put_number(out_, R"(,"reply_to":)", facts.reply_to.value);
    if (standing_.edited) put_number(out_, R"(,"edited":true,"edit_count":)", standing_.edit_count);
    return {};
  }

  result<> operator()(const message_edited& facts) {
    put_number(out_, R"(,"target":)", facts.target.value);
    if (standing_.deleted) {
      out_ += R"(,"deleted":true)";
      return {};
    }
    const auto content = plain_message();
    if (!content) return content.error();
    put_text(out_, R"(,"text":)", content->text);
    return {};
  }

  result<> operator()(const message_deleted& facts) {
    put_number(out_, R"(,"target":)", facts.target.value);
    return {};
  }

  result<> operator()(const reaction_changed& facts) {
    put_number(out_, R"(,"target":)", facts.target.value);
    put_text(out_, R"(,"emoji":)", facts.emoji);
    out_ += facts.remove ? R"(,"op":"remove")" : R"(,"op":"add")";
    return {};
  }

  result<> operator()(const member_changed& facts) {
    put_text(out_, R"(,"user":)", facts.user);
    put_text(out_, R"(,"change":)", to_string(facts.change));
    put_text_if(out_, R"(,"role":)", to_string(shown_role(facts)));
    return {};
  }

  result<> operator()(const room_created& facts) {
    out_ += R"(,"change":"created")";
    if (const auto written = room(); !written) return written;
    put_flag(out_, R"(,"public":)", facts.is_public);
    put_flag(out_, R"(,"direct":)", facts.direct);
    out_ += R"(,"members":[)";
    for (const auto& member : facts.members) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(out_, member);
    }
    out_ += ']';
    return {};
  }

  result<> operator()(const room_changed& facts) {
    out_ += facts.closed ? R"(,"change":"closed")" : R"(,"change":"changed")";
    return room();
  }

  template <seqless_body Body>
  result<> operator()(const Body&) {
    return error{errc::malformed, "a control record is not an event of a room"};
  }

 private:
  result<> message() {
    if (standing_.deleted) {
      out_ += R"(,"deleted":true)";
      return {};
    }
    const auto content = plain_message();
    if (!content) return content.error();
    put_text(out_, R"(,"content_type":)", content->content_type);
    put_text(out_, R"(,"text":)", content->text);
    put_json_if(out_, R"(,"metadata":)", content->metadata_json);
    put_json_if(out_, R"(,"attachments":)", content->attachments_json);
    put_json_if(out_, R"(,"signature":)", content->signature_json);
    return {};
  }

  result<message_content> plain_message() const {
    if (ev_.body_encoding != 0) return error{errc::malformed, "the content is not plain"};
    return decode_message_content(ev_.content);
  }

  result<> room() {
    if (ev_.content.empty()) return {};
    if (ev_.body_encoding != 0) return error{errc::malformed, "the content is not plain"};
    const auto content = decode_room_content(ev_.content);
    if (!content) return content.error();
    put_text(out_, R"(,"title":)", content->title);
    put_json_if(out_, R"(,"metadata":)", content->metadata_json);
    return {};
  }

  std::string& out_;
  const event& ev_;
  const event_standing& standing_;
};

}  // namespace

const char* event_kind(const event& ev) noexcept {
  return entry_of(ev.facts).kind;
}

result<> append_event_json(std::string& out, const event& ev, const event_standing& standing) {
  const auto begin = out.size();
  out.reserve(begin + 320 + ev.room.size() + ev.content.size());
  put_text(out, R"({"type":"event","room":)", split_room_key(ev.room).room);
  put_number(out, R"(,"seq":)", standing.seq.value);
  put_number(out, R"(,"offset":)", standing.at.value);
  out += R"(,"ts":")";
  append_time_text(out, standing.ts);
  out += R"(","kind":")";
  out += event_kind(ev);
  out += '"';
  put_text(out, R"(,"actor":)", ev.actor);
  put_text_if(out, R"(,"name":)", ev.actor_name);
  put_text_if(out, R"(,"device":)", ev.device);
  put_text_if(out, R"(,"cid":)", ev.cid);
  const auto written = std::visit(body_writer(out, ev, standing), ev.facts);
  if (!written) {
    out.resize(begin);
    return written;
  }
  out += '}';
  return {};
}

}  // namespace roomlog
