// The families of metrics by the part that they tell of, and what these files share. Those of the
// fold and of the process are in metrics.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "app/serve/metrics.h"
#include "app/serve/metrics_families.h"

namespace roomlog::metrics {

// Counts and bytes are far below 2^53.
inline double number(std::uint64_t n) {
  return static_cast<double>(n);
}

template <class Counts>
void for_error_codes(metrics_families& out, const char* name, const char* help,
                     const Counts& counts) {
  for (std::size_t code = 0; code < error_codes; ++code) {
    out.counter(name, help, number(counts[code]),
                {{"code", to_string(static_cast<error_code>(code))}});
  }
}

template <const auto& codes>
void for_codes(metrics_families& out, const char* name, const char* help, const char* label,
               const code_counts<codes>& now) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    out.counter(name, help, number(now.counts[i]),
                {{label, codes[i] == 0 ? "other" : std::to_string(codes[i])}});
  }
}

void add_log(metrics_families& out, const metrics_snapshot& now);      // metrics_log.cpp
void add_ingress(metrics_families& out, const metrics_snapshot& now);  // with tokens and reloads
void add_clients(metrics_families& out, const metrics_snapshot& now);

}  // namespace roomlog::metrics
