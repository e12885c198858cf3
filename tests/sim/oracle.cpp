#include "tests/sim/oracle.h"

#include <event_generated.h>
#include <xxhash.h>

#include <algorithm>

#include "tests/sim/oracle_rules.h"
#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

constexpr std::size_t checksum_bytes = 8;
constexpr unsigned malformed = 1, expired = 2, predecessor_missing = 3, unknown_room = 4;
constexpr unsigned first_room_event = 1, last_room_event = 7;

std::string text_of(const flatbuffers::String* s) {
  return s == nullptr ? std::string() : s->str();
}
std::string digest_of(const fbs::Event& e) {
  if (e.digest() == nullptr) return std::string(16, '\0');
  return {reinterpret_cast<const char*>(e.digest()), 16};
}

// Null where the bytes are no valid record.
const fbs::Event* parse(std::string_view value) {
  if (value.size() <= checksum_bytes) return nullptr;
  const std::size_t size = value.size() - checksum_bytes;
  std::uint64_t stored = 0;
  std::copy_n(value.data() + size, checksum_bytes, reinterpret_cast<char*>(&stored));
  if (stored != XXH3_64bits(value.data(), size)) return nullptr;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(value.data());
  flatbuffers::Verifier verifier(bytes, size);
  return fbs::VerifyEventBuffer(verifier) ? fbs::GetEvent(bytes) : nullptr;
}

bool is_room_event(const fbs::Event& e) {
  const auto type = static_cast<unsigned>(e.facts_type());
  return type >= first_room_event && type <= last_room_event;
}

// As Kafka's Java clients choose it: murmur2 with the seed 0x9747b28c.
std::size_t partition_of_key(std::string_view key, std::size_t partitions) {
  constexpr std::uint32_t m = 0x5bd1e995;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i]));
  };
  auto h = static_cast<std::uint32_t>(0x9747b28c ^ key.size());
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= m;
    k ^= k >> 24;
    h = (h * m) ^ (k * m);
  }
  for (std::size_t left = key.size() - i; left > 0; --left) {
    h ^= byte(i + left - 1) << (8 * (left - 1));
    if (left == 1) h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return (h & 0x7fffffff) % partitions;
}

std::string text_of_content(const fbs::Event& e) {
  if (e.content() == nullptr) return {};
  const auto* content = flatbuffers::GetRoot<fbs::MessageContent>(e.content()->data());
  return text_of(content->text());
}

const char* name_of_role(unsigned role) {
  constexpr const char* names[] = {"", "owner", "admin", "writer", "reader"};
  return names[role];
}

ruling only(unsigned kind) {
  ruling r;
  r.kind = kind;
  return r;
}
ruling reject(unsigned reason) {
  ruling r;
  r.reason = reason;
  return r;
}
ruling naming(unsigned kind, const oracle::room& in, std::uint64_t seq) {
  ruling r = only(kind);
  r.seq = seq;
  if (const shown_event* first = in.event(seq)) {
    r.first_offset = first->offset;
    r.shown_time = first->time;
  }
  return r;
}

void set_role(oracle::room& in, const std::string& user, unsigned role, std::uint64_t seq) {
  auto& m = in.members[user];
  if (m.role == 0 && role != 0) m.since = seq;
  m.role = role;
  m.role_since = seq;
}

void delete_message(oracle::room& in, std::uint64_t target) {
  in.events[target - 1].deleted = true;
  for (auto& other : in.events) {
    if (other.kind == "edit" && other.target == target) other.deleted = true;
  }
}

// What an accepted event shows, and what it does to the room.
void apply(oracle::room& in, const fbs::Event& e, shown_event& shown, std::uint64_t seq) {
  switch (e.facts_type()) {
    case fbs::Facts::RoomCreated: {
      const auto* f = e.facts_as_RoomCreated();
      shown.kind = "room";
      in.direct = f->direct();
      in.is_public = f->is_public() && !f->direct();
      if (f->members() != nullptr) {
        for (const auto* m : *f->members()) {
          if (in.role_of(m->str()) == 0) set_role(in, m->str(), 3, seq);
        }
      }
      set_role(in, shown.actor, 1, seq);
      return;
    }
    case fbs::Facts::RoomChanged:
      shown.kind = "room";
      in.closed = in.closed || e.facts_as_RoomChanged()->closed();
      return;
    case fbs::Facts::MemberChanged: {
      const auto* f = e.facts_as_MemberChanged();
      constexpr const char* names[] = {"", "joined", "invited", "left", "kicked", "role"};
      const auto change = static_cast<unsigned>(f->change());
      unsigned role = static_cast<unsigned>(f->role());
      if (change <= 2) role = 3;
      if (change == 3 || change == 4) role = 0;
      shown.kind = "member";
      shown.user = text_of(f->user());
      shown.change = names[change];
      shown.role = name_of_role(role);
      set_role(in, shown.user, role, seq);
      return;
    }
    case fbs::Facts::MessagePosted:
      shown.kind = "message";
      shown.text = text_of_content(e);
      shown.texts = {shown.text};
      return;
    case fbs::Facts::MessageEdited: {
      shown.kind = "edit";
      shown.target = e.facts_as_MessageEdited()->target();
      shown.text = text_of_content(e);
      auto& target = in.events[shown.target - 1];
      target.texts.push_back(shown.text);
      ++target.edits;
      return;
    }
    case fbs::Facts::MessageDeleted:
      shown.kind = "delete";
      shown.target = e.facts_as_MessageDeleted()->target();
      delete_message(in, shown.target);
      return;
    case fbs::Facts::ReactionChanged: {
      const auto* f = e.facts_as_ReactionChanged();
      shown.kind = "reaction";
      shown.target = f->target();
      shown.emoji = text_of(f->emoji());
      shown.op = f->remove() ? "remove" : "add";
      in.reactions[{shown.target, shown.emoji, shown.actor}] = {seq, !f->remove()};
      return;
    }
    default:
      return;
  }
}

}  // namespace

unsigned oracle::room::role_of(const std::string& user) const {
  const auto found = members.find(user);
  return found == members.end() ? 0 : found->second.role;
}

const shown_event* oracle::room::event(std::uint64_t seq) const {
  return seq == 0 || seq > events.size() ? nullptr : &events[seq - 1];
}

void oracle::take(partition_id in, offset at, timestamp append_time, std::string_view,
                  std::span<const std::byte> value) {
  partition& p = partitions_[in.value];
  const std::string_view bytes(reinterpret_cast<const char*>(value.data()), value.size());
  p.rulings.push_back(decide(in.value, at.value, append_time.value, bytes));
  p.offsets.push_back(at.value);
}

const ruling& oracle::ruling_at(partition_id in, offset at) const {
  const partition& p = partitions_[in.value];
  const auto found = std::ranges::lower_bound(p.offsets, at.value);
  if (found == p.offsets.end() || *found != at.value) {
    fail("partition ", in.value, ": a record is decided at offset ", at.value, ", where none is");
  }
  return p.rulings[static_cast<std::size_t>(found - p.offsets.begin())];
}

const oracle::room* oracle::find(const std::string& key) const {
  const auto found = rooms_.find(key);
  return found == rooms_.end() ? nullptr : &found->second;
}

ruling oracle::decide(std::size_t number, std::uint64_t at, std::int64_t time,
                      std::string_view value) {
  partition& in = partitions_[number];
  const fbs::Event* e = parse(value);
  if (e == nullptr) return reject(malformed);
  const bool of_room = is_room_event(*e) || e->facts_type() == fbs::Facts::WatermarksAdvanced;
  if (of_room && partition_of_key(text_of(e->room()), partitions_.size()) != number) {
    return reject(malformed);
  }
  if (e->facts_type() == fbs::Facts::GatewayFence) return decide_fence(in, *e);
  if (e->facts_type() == fbs::Facts::WatermarksAdvanced) return decide_watermarks(in, *e, time);
  if (is_room_event(*e)) return decide_event(in, *e, at, time);
  if (e->append() != nullptr && e->append()->number() != 0) {
    if (const auto out_of_turn = check_append(in, *e)) return *out_of_turn;
  }
  return only(ruling::control);
}

ruling oracle::decide_fence(partition& in, const fbs::Event& e) {
  gateway& from = in.gateways[text_of(e.gateway())];
  if (e.append()->counter() <= from.counter) return only(ruling::stale_append);
  from = {};
  from.counter = e.append()->counter();
  from.nonce = e.append()->nonce();
  return only(ruling::control);
}

std::optional<ruling> oracle::check_append(partition& in, const fbs::Event& e) {
  const auto found = in.gateways.find(text_of(e.gateway()));
  const auto* id = e.append();
  if (found == in.gateways.end() || id == nullptr || id->counter() != found->second.counter ||
      id->nonce() != found->second.nonce) {
    return only(ruling::stale_append);
  }
  gateway& from = found->second;
  check_promises(from, e);
  if (id->number() <= from.last) return only(ruling::stale_append);
  if (id->number() > from.last + 1) return only(ruling::out_of_order);
  from.last = id->number();
  return std::nullopt;
}

// A number stands for one command, under one fence.
void oracle::check_promises(gateway& from, const fbs::Event& e) {
  const auto number = e.append()->number();
  const std::string digest = digest_of(e) + text_of(e.room()) + text_of(e.actor());
  const auto [first, is_new] = from.digests.emplace(number, digest);
  if (is_new || first->second == digest) return;
  fail("gateway ", text_of(e.gateway()), " gave the number ", number, " to two commands");
}

// A command that is appended again keeps its deadline.
void oracle::check_deadline(partition& in, const fbs::Event& e) {
  const std::string taken = text_of(e.gateway()) + '\n' + text_of(e.room()) + '\n' +
                            text_of(e.actor()) + '\n' + text_of(e.cid()) + '\n' +
                            std::to_string(e.gateway_time());
  const auto [first, is_new] = in.deadlines.emplace(taken, e.deadline());
  if (is_new || first->second == e.deadline()) return;
  fail("gateway ", text_of(e.gateway()), " appended the command ", text_of(e.cid()), " of ",
       text_of(e.actor()), " again with another deadline");
}

ruling oracle::decide_watermarks(partition& in, const fbs::Event& e, std::int64_t time) {
  if (const auto out_of_turn = check_append(in, e)) return *out_of_turn;
  const auto found = rooms_.find(text_of(e.room()));
  if (found == rooms_.end()) return reject(unknown_room);
  room& r = found->second;
  ruling out = only(ruling::advanced);
  out.shown_time = std::max(time, r.last_time);
  for (const auto* w : *e.facts_as_WatermarksAdvanced()->watermarks()) {
    const auto m = r.members.find(text_of(w->user()));
    if (w->delivered() > r.head() || w->read() > r.head()) continue;
    if (m == r.members.end() || m->second.role == 0) continue;
    auto& marks = m->second;
    const auto read = std::max(marks.read, w->read());
    const auto delivered = std::max({marks.delivered, w->delivered(), w->read()});
    if (read == marks.read && delivered == marks.delivered) continue;
    marks.read = read;
    marks.delivered = delivered;
    out.steps.push_back({m->first, delivered, read});
  }
  return out;
}

ruling oracle::decide_event(partition& in, const fbs::Event& e, std::uint64_t at,
                            std::int64_t time) {
  check_deadline(in, e);
  if (const auto out_of_turn = check_append(in, e)) return *out_of_turn;
  const std::string key = text_of(e.room()), actor = text_of(e.actor()), cid = text_of(e.cid());
  const auto found = rooms_.find(key);
  room* r = found == rooms_.end() ? nullptr : &found->second;
  gateway& from = in.gateways[text_of(e.gateway())];
  bool& accepted_under_fence = from.decided[{key, actor, cid}];
  const std::string digest = digest_of(e);
  const auto digest_algorithm = static_cast<unsigned>(e.digest_algorithm());
  if (r != nullptr) {
    if (const auto first = r->commands.find({actor, cid}); first != r->commands.end()) {
      const bool same =
          first->second.digest == digest || first->second.digest_algorithm != digest_algorithm;
      if (same && accepted_under_fence) {
        fail("gateway ", text_of(e.gateway()), " appended the command ", cid, " of ", actor,
             " twice under one fence, and the first was accepted");
      }
      return naming(same ? ruling::duplicate : ruling::conflict, *r, first->second.seq);
    }
  }
  if (e.deadline() != 0 && time > e.deadline()) return reject(expired);
  const std::string after = text_of(e.after_cid());
  if (!after.empty() && (r == nullptr || !r->commands.contains({actor, after}))) {
    return reject(predecessor_missing);
  }
  const rule_answer answer = judge_rules(r, e);
  if (answer.what == rule_answer::refuse) return reject(answer.reason);
  accepted_under_fence = true;
  if (answer.what == rule_answer::repeat) {
    r->commands[{actor, cid}] = {answer.seq, digest, digest_algorithm};
    return naming(ruling::duplicate, *r, answer.seq);
  }
  if (r == nullptr) r = &rooms_[key];
  shown_event shown;
  shown.offset = at;
  shown.time = r->last_time = std::max(time, r->last_time + 1);
  shown.actor = actor;
  shown.cid = cid;
  const std::uint64_t seq = r->head() + 1;
  apply(*r, e, shown, seq);
  r->events.push_back(std::move(shown));
  r->commands[{actor, cid}] = {seq, digest, digest_algorithm};
  return naming(ruling::accepted, *r, seq);
}

}  // namespace roomlog::sim
