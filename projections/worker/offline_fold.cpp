#include "projections/worker/offline_fold.h"

#include <algorithm>

#include "projections/worker/fold_loop.h"
#include "projections/worker/partition_worker.h"

namespace roomlog {

result<offset> fold_offline(log& events, state_store& store, const offline_fold& wanted) {
  bool ended = false;
  const partition_worker::subscribers subscribers = {[&](const decided_batch_ptr& batch) {
    if (wanted.on_batch && !wanted.on_batch(batch)) ended = true;
  }};
  const offset until = wanted.until.value_or(events.bounds(wanted.partition).end);
  partition_worker worker(events, store, {wanted.partition, wanted.views, until, &log::read},
                          subscribers);
  worker.set_front_bytes_max(wanted.front_bytes);
  if (const auto fits = worker.check_against_log(); !fits) {
    const bool silent = fits.error().code == errc::timeout;
    return error{silent ? errc::unavailable : fits.error().code, fits.error().text};
  }
  fold_loop loop(store, wanted.read_bytes);
  loop.add(worker);
  while (!ended && loop.pass()) {
  }
  loop.commit();
  const fold_status status = worker.status();
  if (!status.stopped.empty()) return error{errc::damaged, status.stopped};
  if (!status.unsaved.empty()) return error{errc::unavailable, status.unsaved};
  if (!status.waiting.empty()) return error{errc::unavailable, status.waiting};
  if (!status.views_stopped.empty()) return error{errc::damaged, status.views_stopped};
  const bool views_wait = std::ranges::any_of(
      status.views, [&](const view_status& view) { return view.position < status.position; });
  if (views_wait && !ended) {
    return error{errc::unavailable, "the views are behind: what they need cannot be read now"};
  }
  return worker.position();
}

}  // namespace roomlog
