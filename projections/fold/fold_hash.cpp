#include "projections/fold/fold_hash.h"

#include <array>

#include "projections/store/big_endian.h"
#include "schemas/records/event_bodies.h"

namespace roomlog {
namespace {

// Appends to a buffer that is known to be large enough.
class byte_writer {
 public:
  explicit byte_writer(char* to) : to_(to) {}
  template <class Int>
  byte_writer& number(Int value) {
    to_ = write_big_endian(to_, value);
    return *this;
  }
  byte_writer& flag(bool value) { return number(static_cast<std::uint8_t>(value ? 1 : 0)); }
  byte_writer& raw(std::string_view bytes) {
    to_ += bytes.copy(to_, bytes.size());
    return *this;
  }
  byte_writer& text(std::string_view bytes) {
    return number(static_cast<std::uint32_t>(bytes.size())).raw(bytes);
  }
  char* end() const { return to_; }

 private:
  char* to_;
};

// What a byte_writer would write.
class byte_counter {
 public:
  template <class Int>
  byte_counter& number(Int) {
    bytes_ += sizeof(Int);
    return *this;
  }
  byte_counter& flag(bool) { return number(std::uint8_t{}); }
  byte_counter& text(std::string_view bytes) {
    bytes_ += sizeof(std::uint32_t) + bytes.size();
    return *this;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// The plain part of a body: its number, then its fields. All of them: two events that differ in one
// must not have the same digest.
template <class Out>
struct facts_writer {
  Out& out;

  template <class Body>
  Out& begin(const Body&) const {
    return out.number(entry_of<Body>().number);
  }

  void operator()(const room_created& f) const {
    begin(f).flag(f.is_public).flag(f.direct);
    out.number(static_cast<std::uint32_t>(f.members.size()));
    for (std::string_view m : f.members) out.text(m);
  }
  void operator()(const room_changed& f) const { begin(f).flag(f.closed); }
  void operator()(const member_changed& f) const {
    begin(f).number(static_cast<std::uint8_t>(f.change)).number(static_cast<std::uint8_t>(f.role));
    out.text(f.user);
  }
  void operator()(const message_posted& f) const {
    begin(f).number(f.thread.value).number(f.reply_to.value);
  }
  void operator()(const message_edited& f) const { begin(f).number(f.target.value); }
  void operator()(const message_deleted& f) const { begin(f).number(f.target.value); }
  void operator()(const reaction_changed& f) const {
    begin(f).number(f.target.value).flag(f.remove).text(f.emoji);
  }
  // No digest is asked of these.
  template <seqless_body Body>
  void operator()(const Body& f) const {
    begin(f);
  }
};

// At least what the digest of this event takes.
std::size_t digest_bytes_max(const event& ev) {
  byte_counter facts;
  std::visit(facts_writer<byte_counter>{facts}, ev.facts);
  return 256 + ev.room.size() + ev.actor.size() + ev.actor_name.size() + ev.device.size() +
         ev.cid.size() + ev.after_cid.size() + ev.key_id.size() + ev.content.size() + facts.bytes();
}

}  // namespace

hash128 event_digest(const event& ev, std::string& scratch) {
  const std::size_t bytes_max = digest_bytes_max(ev);
  if (scratch.size() < bytes_max) scratch.resize(bytes_max);
  byte_writer out(scratch.data());
  out.text(ev.room).text(ev.actor).text(ev.actor_name).text(ev.device).text(ev.cid);
  out.text(ev.after_cid).number(static_cast<std::uint8_t>(ev.digest_alg));
  out.raw(as_text(byte_view(ev.digest))).number(ev.client_time.value).number(ev.gateway_time.value);
  out.number(ev.body_encoding).text(ev.key_id);
  std::visit(facts_writer<byte_writer>{out}, ev.facts);
  out.text(as_text(ev.content));
  const char* begin = scratch.data();
  return hash_bytes(std::string_view(begin, static_cast<std::size_t>(out.end() - begin)));
}

hash128 next_partition_hash(const hash128& h, offset at, const hash128& record_digest,
                            const verdict& decision, std::string_view moved) {
  std::array<char, 50> bytes;
  byte_writer out(bytes.data());
  out.raw(as_text(h)).number(at.value).raw(as_text(record_digest));
  out.number(static_cast<std::uint8_t>(decision.kind));
  out.number(static_cast<std::uint8_t>(decision.reason)).number(decision.seq.value);
  const std::string_view fixed(bytes.data(), bytes.size());
  if (moved.empty()) return hash_bytes(fixed);
  return hash_bytes(std::string(fixed).append(moved));
}

hash128 next_room_hash(const hash128& h, seq_no seq, const hash128& digest,
                       timestamp shown_time) noexcept {
  std::array<char, 48> bytes;
  byte_writer out(bytes.data());
  out.raw(as_text(h)).number(seq.value).raw(as_text(digest)).number(shown_time.value);
  return hash_bytes(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace roomlog
