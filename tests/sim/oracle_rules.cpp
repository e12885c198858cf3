#include "tests/sim/oracle_rules.h"

#include <event_generated.h>

namespace roomlog::sim {
namespace {

constexpr unsigned unknown_room = 4, room_exists = 5, room_closed = 6, not_member = 7,
                   no_permission = 8, invalid_target = 9;
constexpr unsigned owner = 1, admin = 2, writer = 3, reader = 4;

rule_answer refuse(unsigned reason) {
  return {rule_answer::refuse, reason, 0};
}
rule_answer repeat(std::uint64_t seq) {
  return {rule_answer::repeat, 0, seq};
}

std::string text_of(const flatbuffers::String* s) {
  return s == nullptr ? std::string() : s->str();
}

bool outranks(unsigned actor, unsigned other) {
  return actor == owner || (actor == admin && (other == writer || other == reader));
}

rule_answer judge_created(const oracle::room* in, const fbs::Event& e, const fbs::RoomCreated& f) {
  const std::string actor = text_of(e.actor());
  if (in != nullptr) {
    return in->direct && in->role_of(actor) != 0 ? repeat(1) : refuse(room_exists);
  }
  if (!f.direct()) return {};
  std::set<std::string> others;
  if (f.members() != nullptr) {
    for (const auto* m : *f.members()) others.insert(m->str());
  }
  others.erase(actor);
  return others.size() == 1 ? rule_answer{} : refuse(invalid_target);
}

bool is_only_owner(const oracle::room& in, const std::string& user) {
  if (in.role_of(user) != owner) return false;
  for (const auto& [name, m] : in.members) {
    if (name != user && m.role == owner) return false;
  }
  return true;
}

bool has_others(const oracle::room& in, const std::string& user) {
  for (const auto& [name, m] : in.members) {
    if (name != user && m.role != 0) return true;
  }
  return false;
}

rule_answer judge_member(const oracle::room& in, unsigned role, const fbs::Event& e,
                         const fbs::MemberChanged& f) {
  if (in.direct) return refuse(no_permission);
  const std::string user = text_of(f.user());
  const bool own = f.change() == fbs::MemberChange::joined || f.change() == fbs::MemberChange::left;
  if (own && user != text_of(e.actor())) return refuse(no_permission);
  if (!own && role != owner && role != admin) return refuse(no_permission);
  const auto found = in.members.find(user);
  const unsigned now = in.role_of(user);
  const auto wanted = static_cast<unsigned>(f.role());
  switch (f.change()) {
    case fbs::MemberChange::joined:
      return now != 0 ? repeat(found->second.since) : rule_answer{};
    case fbs::MemberChange::invited:
      if (wanted != 0 && wanted != writer) return refuse(no_permission);
      return now != 0 ? repeat(found->second.since) : rule_answer{};
    case fbs::MemberChange::left:
      if (!in.closed && has_others(in, user) && is_only_owner(in, user)) {
        return refuse(no_permission);
      }
      return {};
    case fbs::MemberChange::kicked:
      if (now == 0) return refuse(invalid_target);
      if (user == text_of(e.actor()) || !outranks(role, now)) return refuse(no_permission);
      return {};
    case fbs::MemberChange::role:
      if (now == 0) return refuse(invalid_target);
      if (!outranks(role, now) || !outranks(role, wanted)) return refuse(no_permission);
      if (now == wanted) return repeat(found->second.role_since);
      return is_only_owner(in, user) ? refuse(no_permission) : rule_answer{};
  }
  return refuse(no_permission);
}

bool is_live_message(const shown_event* e) {
  return e != nullptr && e->kind == "message" && !e->deleted;
}

rule_answer judge_touch(const oracle::room& in, unsigned role, const fbs::Event& e,
                        std::uint64_t target, bool of_anyone) {
  if (role == reader) return refuse(no_permission);
  const shown_event* found = in.event(target);
  if (!is_live_message(found)) return refuse(invalid_target);
  if (!of_anyone && found->actor != text_of(e.actor())) return refuse(no_permission);
  return {};
}

rule_answer judge_reaction(const oracle::room& in, unsigned role, const fbs::Event& e,
                           const fbs::ReactionChanged& f) {
  const auto may = judge_touch(in, role, e, f.target(), true);
  if (may.what != rule_answer::accept) return may;
  const auto last = in.reactions.find({f.target(), text_of(f.emoji()), text_of(e.actor())});
  if (last == in.reactions.end()) return f.remove() ? refuse(invalid_target) : rule_answer{};
  return last->second.present == !f.remove() ? repeat(last->second.seq) : rule_answer{};
}

}  // namespace

rule_answer judge_rules(const oracle::room* in, const fbs::Event& e) {
  if (e.facts_type() == fbs::Facts::RoomCreated) {
    return judge_created(in, e, *e.facts_as_RoomCreated());
  }
  if (in == nullptr) return refuse(unknown_room);
  const unsigned role = in->role_of(text_of(e.actor()));
  if (role == 0 && !in->is_public) return refuse(unknown_room);
  const auto* change = e.facts_as_MemberChanged();
  const bool leaves = role != 0 && change != nullptr && change->change() == fbs::MemberChange::left;
  if (in->closed && !leaves) return refuse(room_closed);
  if (role == 0 && (change == nullptr || change->change() != fbs::MemberChange::joined)) {
    return refuse(not_member);
  }
  switch (e.facts_type()) {
    case fbs::Facts::RoomChanged:
      return role == owner || role == admin ? rule_answer{} : refuse(no_permission);
    case fbs::Facts::MemberChanged:
      return judge_member(*in, role, e, *change);
    case fbs::Facts::MessagePosted: {
      if (role == reader) return refuse(no_permission);
      const auto reply_to = e.facts_as_MessagePosted()->reply_to();
      if (reply_to != 0 && !is_live_message(in->event(reply_to))) return refuse(invalid_target);
      return {};
    }
    case fbs::Facts::MessageEdited:
      return judge_touch(*in, role, e, e.facts_as_MessageEdited()->target(), false);
    case fbs::Facts::MessageDeleted:
      return judge_touch(*in, role, e, e.facts_as_MessageDeleted()->target(),
                         role == owner || role == admin);
    case fbs::Facts::ReactionChanged:
      return judge_reaction(*in, role, e, *e.facts_as_ReactionChanged());
    default:
      return refuse(no_permission);
  }
}

}  // namespace roomlog::sim
