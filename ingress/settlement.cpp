#include "ingress/settlement.h"

#include <utility>

#include "log/base/planted_bug.h"

namespace roomlog {

// Only what was newly accepted has cost its rate, only what was handed to the log anything of the
// budget.
void settle(lane_context& context, pending_set::owned command, const command_outcome& outcome,
            std::vector<addressed_outcome>& answers) {
  const auto* ack = std::get_if<command_ack>(&outcome);
  const auto* refused = std::get_if<client_error>(&outcome);
  const bool may_be_accepted = refused && refused->code == error_code::unknown_outcome;
  if (command->appends == 0) {
    context.limits.give_back(command->user_key, command->toll);
  } else if (!may_be_accepted && (!ack || ack->duplicate)) {
    context.limits.give_back_message(command->user_key, command->toll);
  }
  const event_command& sent = command->record.command;
  for (auto& waiter : command->waiters) {
    command_outcome own = outcome;
    if (auto* own_ack = std::get_if<command_ack>(&own)) own_ack->duplicate |= waiter.repeated;
    context.count(own);
    if (planted("answer_to_wrong_connection") && !answers.empty()) {
      waiter.to = answers.back().to;
    }
    answers.push_back({waiter.to, std::move(waiter.id), sent.room, sent.cid, std::move(own)});
  }
}

void settle_all(lane_context& context, std::vector<pending_set::owned> commands,
                std::vector<addressed_outcome>& answers) {
  for (auto& command : commands) {
    const auto code = command->appends != 0 ? error_code::unknown_outcome : error_code::unavailable;
    settle(context, std::move(command), make_client_error(code), answers);
  }
}

}  // namespace roomlog
