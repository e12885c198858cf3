#include "tests/schemas/records/arbitrary.h"

#include "schemas/records/codec.h"

namespace roomlog::testing {
namespace {

// The first type that is of a later version: types are numbered as the alternatives.
constexpr auto body_types = static_cast<std::uint8_t>(std::variant_size_v<event_facts>);

std::uint64_t any_number() {
  return *rc::gen::oneOf(rc::gen::just(std::uint64_t{0}), rc::gen::inRange<std::uint64_t>(1, 1000),
                         rc::gen::arbitrary<std::uint64_t>(),
                         rc::gen::just(std::numeric_limits<std::uint64_t>::max()));
}
timestamp any_time() {
  return timestamp{static_cast<std::int64_t>(any_number())};
}
bool any_flag() {
  return *rc::gen::arbitrary<bool>();
}
std::uint8_t any_below(std::uint8_t end) {
  return *rc::gen::inRange<std::uint8_t>(0, end);
}
template <class Number>
Number any_integer() {
  return static_cast<Number>(any_number());
}

// Fills one event within a generator's run.
class event_maker {
 public:
  owned_event make() {
    auto& e = made_.ev;
    envelope(e);
    e.facts = facts();
    e.content = content();
    return made_;
  }

 private:
  std::string_view keep(std::string text) {
    made_.texts->push_back(std::move(text));
    return made_.texts->back();
  }
  std::string_view text() { return keep(*arbitrary_text()); }

  void envelope(event& e) {
    e.schema_version = any_integer<std::uint16_t>();
    e.critical = any_flag();
    e.append = {text(), any_number(), any_number(), any_number()};
    e.room = text();
    e.actor = text();
    e.actor_name = text();
    e.device = text();
    e.cid = text();
    e.after_cid = text();
    if (any_flag()) {
      for (auto& byte : e.digest) byte = static_cast<std::byte>(any_below(255));
    }
    e.digest_alg = static_cast<digest_algorithm>(any_below(2));
    e.deadline = any_time();
    e.client_time = any_time();
    e.gateway_time = any_time();
    e.traceparent = text();
    e.body_encoding = any_below(255);
    e.key_id = text();
    if (any_flag()) {
      e.origin = event_origin{
          text(),         any_integer<std::uint32_t>(), offset{any_number()}, any_time(),
          any_below(255), seq_no{any_number()}};
    }
  }

  event_facts facts() {
    switch (any_below(body_types)) {
      case 0:
        return unknown_body{
            *rc::gen::element<std::uint8_t>(0, body_types, body_types + 1, 200, 255)};
      case 1: {
        room_created facts{any_flag(), any_flag(), {}};
        for (auto n = any_below(5); n > 0; --n) facts.members.push_back(text());
        return facts;
      }
      case 2:
        return room_changed{any_flag()};
      case 3:
        return member_changed{static_cast<member_change>(any_below(5) + 1), text(),
                              static_cast<member_role>(any_below(5))};
      case 4:
        return message_posted{seq_no{any_number()}, seq_no{any_number()}};
      case 5:
        return message_edited{seq_no{any_number()}};
      case 6:
        return message_deleted{seq_no{any_number()}};
      case 7:
        return reaction_changed{seq_no{any_number()}, text(), any_flag()};
      default:
        return control_facts();
    }
  }

  event_facts control_facts() {
    switch (any_below(8)) {
      case 0:
        return log_descriptor{text(), any_integer<std::uint32_t>(), any_integer<std::uint32_t>()};
      case 1:
        return gateway_fence{};
      case 2:
        return epoch_changed{text()};
      case 3:
        return import_begun{text()};
      case 4:
        return fold_activated{any_integer<std::uint32_t>()};
      case 5:
        return seal();
      case 6: {
        watermarks_advanced facts;
        for (auto n = any_below(5); n > 0; --n) {
          facts.watermarks.push_back({text(), seq_no{any_number()}, seq_no{any_number()}});
        }
        return facts;
      }
      default:
        return principal_revoked{text(), text(), any_time()};
    }
  }

  byte_view bytes(std::size_t size) {
    std::string all(size, '\0');
    for (char& one : all) one = static_cast<char>(any_below(255));
    return as_byte_view(keep(std::move(all)));
  }
  log_sealed seal() {
    log_sealed facts{offset{any_number()},
                     any_number(),
                     bytes(log_sealed::root_bytes),
                     {},
                     text(),
                     any_flag() ? bytes(log_sealed::signature_bytes) : byte_view{}};
    for (auto& byte : facts.hash) byte = static_cast<std::byte>(any_below(255));
    return facts;
  }

  byte_view content() {
    switch (any_below(4)) {
      case 0:
        return {};
      case 1:
        return as_byte_view(keep(encode(room_content{text(), text()})));
      case 2:
        return as_byte_view(keep(*rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
      default:
        return as_byte_view(keep(encode(message_content{text(), text(), text(), text(), text()})));
    }
  }

  owned_event made_{std::make_shared<std::list<std::string>>(), {}};
};

}  // namespace

std::string utf8_of(std::uint32_t c) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](int shift) { return byte(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), tail(6), tail(0)};
  return {byte(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

rc::Gen<std::string> arbitrary_text() {
  const auto code_point = rc::gen::weightedOneOf<std::uint32_t>(
      {{8, rc::gen::inRange<std::uint32_t>(0x20, 0x7F)},
       {1, rc::gen::inRange<std::uint32_t>(0, 0x20)},
       {2, rc::gen::inRange<std::uint32_t>(0x80, 0x800)},
       {2, rc::gen::inRange<std::uint32_t>(0x800, 0xD800)},
       {1, rc::gen::inRange<std::uint32_t>(0xE000, 0x10000)},
       {2, rc::gen::inRange<std::uint32_t>(0x10000, 0x110000)}});
  const auto code_points = rc::gen::mapcat(rc::gen::inRange(0, 40), [=](int count) {
    return rc::gen::container<std::vector<std::uint32_t>>(static_cast<std::size_t>(count),
                                                          code_point);
  });
  return rc::gen::map(code_points, [](const std::vector<std::uint32_t>& all) {
    std::string text;
    for (const auto c : all) text += utf8_of(c);
    return text;
  });
}

rc::Gen<owned_event> arbitrary_event() {
  return rc::gen::exec([] { return event_maker().make(); });
}

}  // namespace roomlog::testing
