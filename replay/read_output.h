// Records and decided events as lines of JSON.
#pragma once

#include <string>

#include "log/record.h"
#include "projections/fold/decided.h"

namespace roomlog {

// {"partition":0,"offset":5,"append_time":"…","key":"default/general","event":{…}}, or with
// "malformed":"why" in the place of the event.
void append_record_line(std::string& out, partition_id partition, const record_view& record);

// {"partition":0,"offset":5,"append_time":"…","verdict":"accepted","seq":42,"shown_time":"…",
//  "event":{…}}; "reason" for what was rejected.
void append_decision_line(std::string& out, partition_id partition, const decided_event& decided);

// As clients see it: {"type":"event","room":"general","seq":42,…}. Nothing is written where the
// content does not decode.
void append_event_line(std::string& out, const decided_event& accepted);

}  // namespace roomlog
