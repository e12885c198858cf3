#include "replay/read_output.h"

#include "schemas/protocol/event_json.h"
#include "schemas/records/codec.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/time_text.h"

namespace roomlog {
namespace {

bool was_decoded(const decided_event& decided) {
  return decided.decision.reason != reject_reason::malformed;
}

bool names_a_seq(verdict_kind kind) {
  return kind == verdict_kind::accepted || kind == verdict_kind::duplicate ||
         kind == verdict_kind::conflict;
}

}  // namespace

void append_record_line(std::string& out, partition_id partition, const record_view& record) {
  json_object line(out);
  line.field("partition", std::uint64_t{partition.value});
  line.field("offset", record.at.value);
  line.field("append_time", time_text(record.append_time));
  line.field("key", record.key);
  if (const auto decoded = decode(record.value)) {
    line.raw("event", to_json(*decoded));
  } else {
    line.field("malformed", decoded.error().text);
  }
  line.close();
  out += '\n';
}

void append_decision_line(std::string& out, partition_id partition, const decided_event& decided) {
  const verdict& decision = decided.decision;
  json_object line(out);
  line.field("partition", std::uint64_t{partition.value});
  line.field("offset", decided.at.value);
  line.field("append_time", time_text(decided.append_time));
  line.field("verdict", to_string(decision.kind));
  if (decision.kind == verdict_kind::rejected) line.field("reason", to_string(decision.reason));
  if (names_a_seq(decision.kind)) {
    line.field("seq", decision.seq.value);
    line.field("first_offset", decision.first_offset.value);
    line.field("shown_time", time_text(decision.shown_time));
  }
  if (was_decoded(decided)) line.raw("event", to_json(decided.ev));
  line.close();
  out += '\n';
}

void append_event_line(std::string& out, const decided_event& accepted) {
  const verdict& decision = accepted.decision;
  const std::size_t begun = out.size();
  const event_standing standing{.seq = decision.seq, .at = accepted.at, .ts = decision.shown_time};
  if (append_event_json(out, accepted.ev, standing)) {
    out += '\n';
  } else {
    out.resize(begun);
  }
}

}  // namespace roomlog
