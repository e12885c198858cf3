#include "tests/sim/faults.h"

#include <initializer_list>

namespace roomlog::sim {

// Few kinds at once, so that each of them is also seen alone.
fault_rates fault_rates::any(random_source& chance) {
  using namespace std::chrono_literals;
  fault_rates rates;
  for (unsigned* rate :
       {&rates.append_lost, &rates.append_unanswered, &rates.append_failed, &rates.append_twice,
        &rates.append_overtaken, &rates.append_refused, &rates.read_stalls, &rates.read_times_out,
        &rates.read_short, &rates.end_unanswered, &rates.flush_blocked}) {
    if (chance.in_1000(300)) *rate = static_cast<unsigned>(chance.between(1us, 60us).count());
  }
  if (chance.in_1000(300)) rates.append_delay = chance.between(1ms, 400ms);
  if (chance.in_1000(300)) rates.answer_delay = chance.between(1ms, 400ms);
  if (chance.in_1000(300)) rates.sight_delay = chance.between(1ms, 2s);
  if (chance.in_1000(300)) rates.frame_delay = chance.between(1ms, 300ms);
  if (chance.in_1000(300)) rates.work_delay = chance.between(1ms, 50ms);
  return rates;
}

}  // namespace roomlog::sim
