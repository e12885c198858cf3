#include "tests/projections/worker/service_rig.h"

#include <algorithm>
#include <future>

#include "log/base/clock.h"
#include "log/embedded/embedded_log.h"
#include "log/partitioner.h"
#include "schemas/records/codec.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr std::string_view gateway = "gateway-1";
constexpr auto patience = std::chrono::seconds(20);

const clock_source& the_clock() {
  static const system_clock_source clock;
  return clock;
}

}  // namespace

std::string name_of(const service_kind& kind) {
  return std::string(kind.events == log_engine::memory ? "memory" : "embedded") + "_log_" +
         (kind.state == state_engine::memory ? "memory" : "rocks") + "_state";
}

service_rig::service_rig(const service_kind& kind, std::uint32_t partitions)
    : kind_(kind), partitions_(partitions) {
  options.cache_bytes = 8 << 20;
  open_log();
  start();
}

service_rig::~service_rig() {
  end();
  if (events_) events_->close();
}

void service_rig::open_log() {
  const identity_request wanted{partitions_, "abc123"};
  if (kind_.events == log_engine::memory) {
    memory_log_options options;
    options.wanted = wanted;
    options.codec = &descriptor_codec();
    options.storage = storage_;
    events_ = std::move(*open_memory_log(options));
  } else {
    events_ = std::move(
        *open_embedded_log(dir_.path() / "log", {}, wanted, descriptor_codec(), the_clock()));
  }
}

result<> service_rig::try_start() {
  if (kind_.state == state_engine::memory) {
    service_ = make_memory_fold_service(*events_, options);
  } else {
    auto opened = open_fold_service(*events_, dir_.path() / "state", options);
    if (!opened) return opened.error();
    service_ = std::move(*opened);
  }
  service_->subscribe([this](const decided_batch_ptr& batch) { note(*batch); });
  service_->start();
  return {};
}

void service_rig::start() {
  const auto started = try_start();
  if (!started) throw std::runtime_error(started.error().text);
}

void service_rig::end() {
  if (service_) service_->stop();
  service_.reset();
}

void service_rig::restart_all() {
  end();
  events_->close();
  events_.reset();
  open_log();
  start();
}

void service_rig::note(const decided_batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const decided_event& d : batch.events) {
    verdicts_[{batch.partition.value, d.at.value}] = d.decision;
  }
  noted_.notify_all();
}

void service_rig::put(partition_id partition, const event& e) {
  std::promise<append_result> appended;
  const auto taken = events_->append(partition, {{std::string(e.room), encode(e)}},
                                     [&](append_result r) { appended.set_value(std::move(r)); });
  if (!taken) throw std::runtime_error(taken.error().text);
  const append_result r = appended.get_future().get();
  if (!r) throw std::runtime_error(r.error().text);
}

void service_rig::append(event e) {
  const partition_id partition = partition_of(e.room, partitions_);
  std::uint64_t& number = numbers_[partition.value];
  if (number == 0) put(partition, fence(gateway, 1, 77));
  e.append = {gateway, 1, 77, ++number};
  put(partition, e);
}

verdict service_rig::take(event e) {
  const partition_id partition = partition_of(e.room, partitions_);
  append(std::move(e));
  const std::uint64_t at = events_->bounds(partition).end.value - 1;
  std::unique_lock lock(mutex_);
  const auto there = [&] { return verdicts_.contains({partition.value, at}); };
  if (!noted_.wait_for(lock, patience, there)) throw std::runtime_error("no verdict came");
  return verdicts_[{partition.value, at}];
}

void service_rig::settle() {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    std::promise<result<>> folded;
    lookup().when_folded(partition_id{p}, events_->bounds(partition_id{p}).end,
                         [&](result<> r) { folded.set_value(std::move(r)); });
    const result<> r = folded.get_future().get();
    if (!r) throw std::runtime_error(r.error().text);
  }
}

void service_rig::wait_for_views() {
  const auto level = [this] {
    const auto partitions = service_->status();
    return std::ranges::all_of(partitions, [](const fold_status& p) {
      return std::ranges::all_of(p.views, &view_status::level);
    });
  };
  if (!eventually(level)) throw std::runtime_error("a view is not level");
}

}  // namespace roomlog::testing
