#include "ingress/append_reports.h"

#include <utility>

namespace roomlog {

void append_reports::add(append_report report) {
  const std::lock_guard lock(mutex_);
  reports_.push_back(report);
}

append_handler append_reports::handler(std::shared_ptr<append_reports> to, append_report expected,
                                       std::shared_ptr<const void> held) {
  return [to = std::move(to), expected, held = std::move(held)](const append_result& outcome) {
    if (outcome) return;  // the verdict will tell
    append_report report = expected;
    report.code = outcome.error().code;
    to->add(report);
  };
}

std::vector<append_report> append_reports::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

}  // namespace roomlog
