#include "ingress/ingress.h"

#include <algorithm>

#include "ingress/commands/command_kind.h"
#include "ingress/lane.h"
#include "log/base/hex.h"
#include "log/partitioner.h"

namespace roomlog {
namespace {

// A random UUID (RFC 9562, version 4).
std::string make_uuid(const lane_context& context) {
  constexpr std::uint64_t version_mask = 0xf000, version = 0x4000;
  constexpr std::uint64_t variant_mask = std::uint64_t{3} << 62, variant = std::uint64_t{2} << 62;
  const std::uint64_t halves[2] = {(context.random() & ~version_mask) | version,
                                   (context.random() & ~variant_mask) | variant};
  std::string text = hex_text(halves[0]) + hex_text(halves[1]);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

class pipeline final : public ingress {
 public:
  pipeline(const ingress_options& options, log& events, fold_lookup& fold,
           const clock_source& clock)
      : context_(std::make_shared<lane_context>(options, events, fold, clock)) {
    for (std::uint32_t p = 0; p < events.partitions(); ++p) {
      lanes_.push_back(std::make_shared<lane>(context_, partition_id{p}));
    }
  }

  void start() override {
    for (const auto& l : lanes_) l->start();
  }

  bool ready() const override { return !context_->failed() && not_ready().empty(); }

  bool settled() const override {
    const auto begun = [](const auto& l) { return l->begun(); };
    const auto tried = [](const auto& l) {
      return l->begun() || l->has_tried() || !l->can_decide();
    };
    return std::any_of(lanes_.begin(), lanes_.end(), begun) &&
           std::all_of(lanes_.begin(), lanes_.end(), tried);
  }

  std::vector<partition_id> not_ready() const override {
    std::vector<partition_id> out;
    for (std::uint32_t p = 0; p < lanes_.size(); ++p) {
      if (!lanes_[p]->ready()) out.push_back(partition_id{p});
    }
    return out;
  }

  std::string failure() const override { return context_->failure(); }

  std::optional<command_outcome> submit(const command_origin& from, const principal& who,
                                        event_command command) override {
    auto outcome = submit_to_lane(from, who, std::move(command));
    if (outcome) context_->count(*outcome);
    return outcome;
  }

  void on_decided(const decided_batch& batch, std::vector<addressed_outcome>& answers) override {
    lanes_[batch.partition.value]->on_decided(batch, answers);
  }

  void tick(std::vector<addressed_outcome>& answers) override {
    for (const auto& l : lanes_) l->tick(answers);
    context_->limits.forget_idle(context_->clock.steady());
    context_->loads.forget_idle();
  }

  void connection_closed(const command_origin& from) override {
    for (const auto& l : lanes_) l->connection_closed(from.connection);
  }

  void drain() override { context_->draining = true; }
  void replace_prohibited_words(const std::vector<std::string>& words) override {
    context_->filter.replace(words);
  }
  ingress_stats stats() const override {
    ingress_stats now = context_->stats();
    for (const auto& l : lanes_) now.in_flight_of.push_back(l->in_flight());
    return now;
  }

 private:
  std::optional<command_outcome> submit_to_lane(const command_origin& from, const principal& who,
                                                event_command command) {
    command_record record{{}, who.user, who.name, who.device, std::move(command), {}, {}};
    if (auto refused = kind_of(record).resolve_room(record)) return *std::move(refused);
    const bool cid_is_ours = record.command.cid.empty();
    if (cid_is_ours) record.command.cid = make_uuid(*context_);
    const std::string& room = record.command.room;
    record.room_key.reserve(who.tenant.size() + 1 + room.size());
    record.room_key.append(who.tenant).append(1, '/').append(room);
    const auto partition = partition_of(record.room_key, static_cast<std::uint32_t>(lanes_.size()));
    return lanes_[partition.value]->submit(
        {from, who.tenant + '/' + who.user, std::move(record), who.unlimited, cid_is_ours});
  }

  const std::shared_ptr<lane_context> context_;
  std::vector<std::shared_ptr<lane>> lanes_;
};

}  // namespace

std::unique_ptr<ingress> make_ingress(const ingress_options& options, log& events,
                                      fold_lookup& fold, const clock_source& clock) {
  return std::make_unique<pipeline>(options, events, fold, clock);
}

}  // namespace roomlog
