#include "app/serve/metrics_families.h"

#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace roomlog {

prometheus::ClientMetric& metrics_families::add(const char* name, const char* help,
                                                prometheus::MetricType type, const labels& with) {
  if (families_.empty() || families_.back().name != name) {
    families_.push_back({name, help, type, {}});
  }
  auto& metric = families_.back().metric.emplace_back();
  for (const auto& [label, value] : with) metric.label.push_back({label, value});
  return metric;
}

void metrics_families::counter(const char* name, const char* help, double value,
                               const labels& with) {
  add(name, help, prometheus::MetricType::Counter, with).counter.value = value;
}

void metrics_families::gauge(const char* name, const char* help, double value, const labels& with) {
  add(name, help, prometheus::MetricType::Gauge, with).gauge.value = value;
}

void metrics_families::histogram(const char* name, const char* help,
                                 const duration_histogram& values) {
  constexpr double us_per_second = 1e6;
  auto& out = add(name, help, prometheus::MetricType::Histogram, {}).histogram;
  out.sample_count = values.count;
  out.sample_sum = static_cast<double>(values.sum_us) / us_per_second;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < values.counts.size(); ++i) {
    cumulative += values.counts[i];
    const bool last = i == duration_histogram::bounds_us.size();
    out.bucket.push_back(
        {cumulative, last ? std::numeric_limits<double>::infinity()
                          : static_cast<double>(duration_histogram::bounds_us[i]) / us_per_second});
  }
}

std::string metrics_families::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return out.str();
}

}  // namespace roomlog
