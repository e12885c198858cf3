#include "projections/worker/fold_service.h"

#include <algorithm>

#include "projections/queries/level_history.h"
#include "projections/store/memory_state_store.h"
#include "projections/store/rocks_state_store.h"
#include "projections/worker/fold_thread.h"
#include "projections/worker/worker_lookup.h"

namespace roomlog {
namespace {

// Of cache_bytes; the other half is RocksDB's block cache, with its filters and indexes.
std::size_t decoded_share(const fold_service_options& options) {
  return options.cache_bytes / 2;
}

// At the place where the state is stored.
constexpr std::chrono::milliseconds between_looks{500};

bool is_share(const fold_service_options& options, partition_id partition) {
  const auto& share = options.partitions;
  return share.empty() || std::ranges::find(share, partition) != share.end();
}

// Owns the store, the workers, their loops and, from start() on, the threads.
class workers_service final : public fold_service {
 public:
  workers_service(log& events, std::unique_ptr<state_store> store,
                  const fold_service_options& options)
      : events_(events),
        wait_max_(options.wait_max),
        store_(std::move(store)),
        lookup_(events, workers_),
        history_(events, *store_, workers_, lookup_, options) {
    workers_.resize(events.partitions());
    for (std::uint32_t p = 0; p < events.partitions(); ++p) {
      if (!is_share(options, partition_id{p})) continue;
      workers_[p] = std::make_shared<partition_worker>(
          events, *store_, worker_setup{partition_id{p}, options.views}, subscribers_);
      own_.push_back(workers_[p].get());
    }
    for (partition_worker* worker : own_) {
      worker->set_front_bytes_max(decoded_share(options) / own_.size());
    }
    const std::size_t loops =
        std::clamp<std::size_t>(options.threads, 1, std::max<std::size_t>(1, own_.size()));
    for (std::size_t l = 0; l < loops; ++l) {
      loops_.push_back(std::make_unique<fold_loop>(*store_, options.read_bytes));
    }
    for (std::size_t i = 0; i < own_.size(); ++i) {
      fold_loop& loop = *loops_[i % loops];
      loop.add(*own_[i]);
      own_[i]->set_commit_by_hand([&loop] { loop.commit(); });
    }
  }
  ~workers_service() override { stop(); }

  result<> check_against_log() {
    for (partition_worker* worker : own_) {
      if (!events_.is_open(worker->partition())) continue;  // the worker does when it opens
      const auto fits = worker->check_against_log();
      // Nobody leads it any more: the worker tries again.
      const bool may_pass =
          !fits && (fits.error().code == errc::timeout || fits.error().code == errc::unavailable);
      if (!fits && !may_pass) return fits;
    }
    return {};
  }

  void subscribe(subscriber on_batch) override { subscribers_.push_back(std::move(on_batch)); }

  void start() override {
    for (const auto& loop : loops_) threads_.push_back(std::make_unique<fold_thread>(*loop));
    for (std::size_t i = 0; i < own_.size(); ++i) {
      fold_thread& thread = *threads_[i % threads_.size()];
      const auto signal = [&thread] { thread.signal(); };
      own_[i]->set_wake(signal);
      own_[i]->set_commit_by_hand(nullptr);
      follows_.push_back(events_.follow(own_[i]->partition(), signal));
    }
    for (const auto& thread : threads_) thread->start();
  }

  bool step() override {
    bool moved = false;
    for (const auto& loop : loops_) moved = loop->pass() || moved;
    if (moved) return true;
    for (const auto& loop : loops_) loop->commit();
    return false;
  }

  fold_lookup& lookup() override { return lookup_; }
  history_source& history() override { return history_; }

  std::vector<fold_status> status() const override {
    std::vector<fold_status> all;
    for (const partition_worker* worker : own_) all.push_back(worker->status());
    return all;
  }

  void tick(std::chrono::microseconds now) override {
    for (partition_worker* worker : own_) worker->give_up_questions(now, wait_max_);
    if (now - looked_at_place_ < between_looks) return;
    looked_at_place_ = now;
    const auto there = store_->check_place();
    if (there) return;
    for (partition_worker* worker : own_) worker->stop(there.error().text);
  }

  void stop() override {
    if (stopped_) return;
    stopped_ = true;
    for (const auto& loop : loops_) loop->end();  // all of them, before any is waited for
    follows_.clear();
    for (const auto& thread : threads_) thread->stop();
    if (threads_.empty()) {
      for (const auto& loop : loops_) loop->commit();  // what was decided by hand
    }
    for (partition_worker* worker : own_) worker->close();
    (void)store_->flush();  // what is not flushed is in the write-ahead log
  }

 private:
  log& events_;
  const std::chrono::milliseconds wait_max_;
  std::unique_ptr<state_store> store_;
  std::vector<subscriber> subscribers_;
  worker_lookup::workers workers_;
  std::vector<partition_worker*> own_;  // of workers_, those that there are
  std::vector<std::unique_ptr<fold_loop>> loops_;
  std::vector<std::unique_ptr<fold_thread>> threads_;  // one for each loop, from start() on
  worker_lookup lookup_;
  level_history history_;
  std::vector<std::unique_ptr<follow_handle>> follows_;
  std::chrono::microseconds looked_at_place_{};
  bool stopped_ = false;
};

}  // namespace

result<std::unique_ptr<fold_service>> open_fold_service(log& events,
                                                        const std::filesystem::path& dir,
                                                        const fold_service_options& options) {
  auto store = open_rocks_state_store(
      dir, {events.partitions(), events.identity().epoch,
            options.cache_bytes - decoded_share(options), options.state_env, options.files_max});
  if (!store) return store.error();
  auto made = make_fold_service(events, std::move(*store), options);
  if (!made && made.error().code == errc::damaged) {
    return error{errc::damaged, dir.string() + ": " + made.error().text};
  }
  return made;
}

result<std::unique_ptr<fold_service>> make_fold_service(log& events,
                                                        std::unique_ptr<state_store> store,
                                                        const fold_service_options& options) {
  try {
    auto service = std::make_unique<workers_service>(events, std::move(store), options);
    if (auto fits = service->check_against_log(); !fits) return fits.error();
    return std::unique_ptr<fold_service>(std::move(service));
  } catch (const std::exception& e) {
    return error{errc::damaged, e.what()};
  }
}

std::unique_ptr<fold_service> make_memory_fold_service(log& events,
                                                       const fold_service_options& options) {
  return std::make_unique<workers_service>(
      events, std::make_unique<memory_state_store>(events.partitions()), options);
}

}  // namespace roomlog
