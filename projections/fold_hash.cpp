#include "projections/fold_hash.h"

#include <array>
#include <cstring>

#include "projections/big_endian.h"

namespace roomlog {
namespace {

// A fixed number of bytes, filled from the left.
template <std::size_t Size>
class fixed_bytes {
 public:
  fixed_bytes& hash(const hash128& h) {
    std::memcpy(bytes_.data() + used_, h.data(), h.size());
    used_ += h.size();
    return *this;
  }
  template <class Int>
  fixed_bytes& number(Int value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = sizeof(Int); i-- > 0; rest >>= 8) {
      bytes_[used_ + i] = static_cast<std::byte>(rest & 0xff);
    }
    used_ += sizeof(Int);
    return *this;
  }
  hash128 finish() const noexcept { return hash_bytes(byte_view(bytes_)); }

 private:
  std::array<std::byte, Size> bytes_{};
  std::size_t used_ = 0;
};

// The plain part of a body: its kind, then its fields.
struct facts_writer {
  std::string& out;

  void kind(std::uint8_t k) const { append_big_endian(out, k); }
  void flag(bool value) const { append_big_endian(out, static_cast<std::uint8_t>(value ? 1 : 0)); }

  void operator()(const room_created& f) const {
    kind(1);
    flag(f.is_public);
    flag(f.direct);
    append_big_endian(out, static_cast<std::uint32_t>(f.members.size()));
    for (std::string_view m : f.members) append_sized(out, m);
  }
  void operator()(const room_changed& f) const {
    kind(2);
    flag(f.closed);
  }
  void operator()(const member_changed& f) const {
    kind(3);
    append_big_endian(out, static_cast<std::uint8_t>(f.change));
    append_big_endian(out, static_cast<std::uint8_t>(f.role));
    append_sized(out, f.user);
  }
  void operator()(const message_posted& f) const {
    kind(4);
    append_big_endian(out, f.thread.value);
    append_big_endian(out, f.reply_to.value);
  }
  void operator()(const message_edited& f) const {
    kind(5);
    append_big_endian(out, f.target.value);
  }
  void operator()(const message_deleted& f) const {
    kind(6);
    append_big_endian(out, f.target.value);
  }
  void operator()(const reaction_changed& f) const {
    kind(7);
    append_big_endian(out, f.target.value);
    flag(f.remove);
    append_sized(out, f.emoji);
  }
  // Control records are in no room.
  template <class Control>
  void operator()(const Control&) const {
    kind(0);
  }
};

}  // namespace

hash128 event_digest(const event& ev, std::string& scratch) {
  scratch.clear();
  append_sized(scratch, ev.room);
  append_sized(scratch, ev.actor);
  append_sized(scratch, ev.actor_name);
  append_sized(scratch, ev.device);
  append_sized(scratch, ev.cid);
  append_sized(scratch, ev.after_cid);
  append_big_endian(scratch, static_cast<std::uint8_t>(ev.digest_alg));
  scratch.append(as_text(byte_view(ev.digest)));
  append_big_endian(scratch, ev.client_time.value);
  append_big_endian(scratch, ev.gateway_time.value);
  append_big_endian(scratch, ev.body_encoding);
  append_sized(scratch, ev.key_id);
  std::visit(facts_writer{scratch}, ev.facts);
  append_sized(scratch, as_text(ev.content));
  return hash_bytes(scratch);
}

hash128 next_partition_hash(const hash128& h, offset at, const hash128& record_digest,
                            const verdict& decision) noexcept {
  return fixed_bytes<50>()
      .hash(h)
      .number(at.value)
      .hash(record_digest)
      .number(static_cast<std::uint8_t>(decision.kind))
      .number(static_cast<std::uint8_t>(decision.reason))
      .number(decision.seq.value)
      .finish();
}

hash128 next_room_hash(const hash128& h, seq_no seq, const hash128& digest,
                       timestamp shown_time) noexcept {
  return fixed_bytes<48>().hash(h).number(seq.value).hash(digest).number(shown_time.value).finish();
}

}  // namespace roomlog
