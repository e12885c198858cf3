// A fold service whose state can be made unreadable for those who ask it.
#pragma once

#include <memory>
#include <utility>

#include "projections/worker/fold_service.h"
#include "tests/ingress/unruly_fold.h"

namespace roomlog::testing {

class unruly_fold_service final : public fold_service {
 public:
  explicit unruly_fold_service(std::unique_ptr<fold_service> inner)
      : inner_(std::move(inner)), lookup_(inner_->lookup()) {}

  fold_service& inner() { return *inner_; }
  unruly_fold& unruly() { return lookup_; }

  void subscribe(subscriber on_batch) override { inner_->subscribe(std::move(on_batch)); }
  void start() override { inner_->start(); }
  bool step() override { return inner_->step(); }
  fold_lookup& lookup() override { return lookup_; }
  history_source& history() override { return inner_->history(); }
  std::vector<fold_status> status() const override { return inner_->status(); }
  void tick(std::chrono::microseconds now) override { inner_->tick(now); }
  void stop() override { inner_->stop(); }

 private:
  std::unique_ptr<fold_service> inner_;
  unruly_fold lookup_;
};

}  // namespace roomlog::testing
