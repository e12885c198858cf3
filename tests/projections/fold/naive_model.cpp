#include "tests/projections/fold/naive_model.h"

#include <map>
#include <set>
#include <string>

namespace roomlog::testing {
namespace {

enum { accepted = 1, duplicate, conflict, rejected, stale, out_of_order, control, advanced };
enum {
  malformed = 1,
  expired,
  predecessor,
  unknown,
  exists,
  closed,
  not_member,
  forbidden,
  target
};
enum { nobody, owner, admin, writer, reader };

template <class Facts>
const Facts* as(const event& e) {
  return std::get_if<Facts>(&e.facts);
}
std::string command_name(const event& e, std::string_view cid) {
  return std::string(e.actor) + '\n' + std::string(cid);
}
naive_verdict refuse(int reason) {
  return {rejected, reason};
}

struct posted {
  std::uint64_t at;
  std::int64_t time;
  bool message, deleted, in_thread;
  std::string author;
};
struct person {
  int role = nobody;
  std::uint64_t since = 0, role_since = 0, delivered = 0, read = 0;

  std::string marks() const { return std::to_string(delivered) + '/' + std::to_string(read); }
};
struct gateway {
  std::uint64_t counter = 0, nonce = 0, last = 0;
};

struct room {
  bool is_public, direct, closed;
  std::vector<posted> events;
  std::map<std::string, person> people;
  struct first {
    std::uint64_t seq;
    digest_algorithm how;
    command_digest digest;
  };
  std::map<std::string, first> commands;
  // By target, emoji and user: seq, and whether it is there.
  std::map<std::string, std::pair<std::uint64_t, bool>> reactions;

  posted* message(seq_no seq) {
    if (seq.value == 0 || seq.value > events.size()) return nullptr;
    posted& p = events[seq.value - 1];
    return p.message && !p.deleted ? &p : nullptr;
  }
  naive_verdict point_to(int kind, std::uint64_t seq) const {
    return {kind, 0, seq, events[seq - 1].at, events[seq - 1].time};
  }
  naive_verdict repeat(const event& e, std::uint64_t seq) {
    commands[command_name(e, e.cid)] = {seq, e.digest_alg, e.digest};
    return point_to(duplicate, seq);
  }
  naive_verdict accept(const event& e, std::uint64_t at, std::int64_t time) {
    const std::int64_t earliest = events.empty() ? time : events.back().time + 1;
    const auto* message = as<message_posted>(e);
    events.push_back({at, std::max(time, earliest), message != nullptr, false,
                      message && message->thread.value != 0, std::string(e.actor)});
    commands[command_name(e, e.cid)] = {events.size(), e.digest_alg, e.digest};
    return point_to(accepted, events.size());
  }

  naive_verdict decide(const event& e, std::uint64_t at, std::int64_t time) {
    const int role = people[std::string(e.actor)].role;
    const auto* change = as<member_changed>(e);
    if (role == nobody && !is_public) return refuse(unknown);
    if (closed && !(role != nobody && change && change->change == member_change::left)) {
      return refuse(::roomlog::testing::closed);
    }
    if (role == nobody && !(change && change->change == member_change::joined)) {
      return refuse(not_member);
    }
    if (change) return change_member(e, *change, role, at, time);
    const bool leads = role == owner || role == admin;
    if (const auto* f = as<room_changed>(e)) {
      if (!leads) return refuse(forbidden);
      closed = f->closed;
      return accept(e, at, time);
    }
    if (role == reader) return refuse(forbidden);
    if (const auto* f = as<message_posted>(e)) {
      for (seq_no named : {f->thread, f->reply_to}) {
        if (named.value != 0 && !message(named)) return refuse(target);
      }
      if (f->thread.value != 0 && message(f->thread)->in_thread) return refuse(target);
    } else if (const auto* edit = as<message_edited>(e)) {
      if (!message(edit->target)) return refuse(target);
      if (message(edit->target)->author != e.actor) return refuse(forbidden);
    } else if (const auto* deletion = as<message_deleted>(e)) {
      posted* p = message(deletion->target);
      if (!p) return refuse(target);
      if (p->author != e.actor && !leads) return refuse(forbidden);
      p->deleted = true;
    } else if (const auto* reaction = as<reaction_changed>(e)) {
      if (!message(reaction->target)) return refuse(target);
      const std::string name = std::to_string(reaction->target.value) + '\n' +
                               std::string(reaction->emoji) + '\n' + std::string(e.actor);
      const auto last = reactions.find(name);
      if (last == reactions.end() ? reaction->remove : last->second.second != reaction->remove) {
        return last == reactions.end() ? refuse(target) : repeat(e, last->second.first);
      }
      reactions[name] = {events.size() + 1, !reaction->remove};
    }
    return accept(e, at, time);
  }

  // Nobody's marks are above the head, and nobody's go back.
  naive_verdict advance(const watermarks_advanced& all, std::int64_t time) {
    naive_verdict v{advanced, 0, 0, 0, std::max(time, events.back().time)};
    for (const watermark& one : all.watermarks) {
      person& who = people[std::string(one.user)];
      const std::string before = who.marks();
      if (who.role == nobody || std::max(one.delivered, one.read).value > events.size()) continue;
      if (one.read.value > who.read) who.read = one.read.value;
      if (one.delivered.value > who.delivered) who.delivered = one.delivered.value;
      if (who.read > who.delivered) who.delivered = who.read;
      if (who.marks() == before) continue;
      v.moved += std::string(one.user) + ' ' + before + '>' + who.marks() + ' ';
    }
    return v;
  }

  naive_verdict change_member(const event& e, const member_changed& f, int actor_role,
                              std::uint64_t at, std::int64_t time) {
    person& who = people[std::string(f.user)];
    const std::uint64_t seq = events.size() + 1;
    const bool self = f.user == e.actor;
    int present = 0, other_owners = 0;
    for (const auto& [name, other] : people) {
      present += other.role != nobody;
      other_owners += other.role == owner && name != f.user;
    }
    const bool abandons = who.role == owner && other_owners == 0;
    const bool joined = f.change == member_change::joined, left = f.change == member_change::left;
    if (direct || ((joined || left) && !self)) return refuse(forbidden);
    if (!joined && !left && actor_role != owner && actor_role != admin) return refuse(forbidden);
    if (joined || f.change == member_change::invited) {
      if (!joined && f.role != member_role{} && f.role != member_role::writer) {
        return refuse(forbidden);
      }
      if (who.role != nobody) return repeat(e, who.since);
      who.role = writer;
      who.since = who.role_since = seq;
    } else if (left) {
      if (abandons && present > 1 && !closed) return refuse(forbidden);
      who.role = nobody;
    } else {
      // Whether the actor may decide about somebody with this role.
      const auto above = [&](int role) { return actor_role == owner || role >= writer; };
      const int wanted = static_cast<int>(f.role);
      const bool kick = f.change == member_change::kicked;
      if (who.role == nobody) return refuse(target);
      if (!above(who.role) || (kick ? self : !above(wanted))) return refuse(forbidden);
      if (!kick && who.role == wanted) return repeat(e, who.role_since);
      if (!kick && abandons) return refuse(forbidden);
      who.role = kick ? +nobody : wanted;
      who.role_since = seq;
    }
    return accept(e, at, time);
  }
};

struct model {
  std::map<std::string, room> rooms;
  std::map<std::string, gateway> gateways;

  naive_verdict operator()(const event* e, std::uint64_t at, std::int64_t time) {
    if (!e) return refuse(malformed);
    gateway& from = gateways[std::string(e->append.gateway)];
    if (as<gateway_fence>(*e)) {
      if (e->append.counter <= from.counter) return {stale};
      from = {e->append.counter, e->append.nonce, 0};
      return {control};
    }
    const auto* marks = as<watermarks_advanced>(*e);
    const bool no_event = as<unknown_body>(*e) || e->room.empty();
    if (no_event && e->append.number == 0) return {control};
    if (marks ? marks->watermarks.empty() : !no_event && (e->actor.empty() || e->cid.empty())) {
      return refuse(malformed);
    }
    const append_id& id = e->append;
    const bool current = id.counter == from.counter && id.nonce == from.nonce;
    if (!current || id.number <= from.last) return {stale};
    if (id.number != from.last + 1) return {out_of_order};
    from.last = id.number;
    if (no_event) return {control};
    if (!marks) return in_turn(*e, at, time);
    const auto found = rooms.find(std::string(e->room));
    return found == rooms.end() ? refuse(unknown) : found->second.advance(*marks, time);
  }

  naive_verdict in_turn(const event& e, std::uint64_t at, std::int64_t time) {
    const auto found = rooms.find(std::string(e.room));
    room* r = found == rooms.end() ? nullptr : &found->second;
    if (r && r->commands.contains(command_name(e, e.cid))) {
      const auto& [seq, how, digest] = r->commands[command_name(e, e.cid)];
      return r->point_to(how == e.digest_alg && digest != e.digest ? conflict : duplicate, seq);
    }
    if (e.deadline.value > 0 && time > e.deadline.value) return refuse(expired);
    if (!e.after_cid.empty() && !(r && r->commands.contains(command_name(e, e.after_cid)))) {
      return refuse(predecessor);
    }
    const auto* creation = as<room_created>(e);
    if (!creation) return r ? r->decide(e, at, time) : refuse(unknown);
    const std::string creator(e.actor);
    if (r) return r->direct && r->people[creator].role ? r->repeat(e, 1) : refuse(exists);
    std::set<std::string> others(creation->members.begin(), creation->members.end());
    others.erase(creator);
    if (creation->direct && others.size() != 1) return refuse(target);
    room& made = rooms[std::string(e.room)];
    made = {creation->is_public && !creation->direct, creation->direct, false, {}, {}, {}, {}};
    for (const std::string& other : others) made.people[other] = {writer, 1, 1};
    made.people[creator] = {owner, 1, 1};
    return made.accept(e, at, time);
  }
};

}  // namespace

naive_model make_naive_model() {
  return model{};
}

}  // namespace roomlog::testing
