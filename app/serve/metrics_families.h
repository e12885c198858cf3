// Builds the families that Prometheus' serializer takes. One thread.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "log/log_stats.h"

namespace roomlog {

class metrics_families {
 public:
  using labels = std::vector<std::pair<std::string, std::string>>;

  // Samples of one name must follow each other: they make one family.
  void counter(const char* name, const char* help, double value, const labels& with = {});
  void gauge(const char* name, const char* help, double value, const labels& with = {});
  void histogram(const char* name, const char* help, const duration_histogram& values);

  std::string text() const;

 private:
  prometheus::ClientMetric& add(const char* name, const char* help, prometheus::MetricType type,
                                const labels& with);
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace roomlog
