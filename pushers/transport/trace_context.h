// The trace context of a request (W3C Trace Context, Level 1, §3.2): the field `traceparent`. Pure.
#pragma once

#include <string>
#include <string_view>

namespace roomlog {

// What goes on with the request's commands; empty where there is no context or the field is not of
// the form that the standard demands, which it wants ignored. A version that is not known yet is
// read as far as it is version 00, and goes on as that (§4.3).
std::string trace_context_of(std::string_view field);

}  // namespace roomlog
