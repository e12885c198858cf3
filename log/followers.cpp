#include "log/followers.h"

#include <algorithm>

namespace roomlog {
namespace {

// `running` is held during the call, so that a handle's destructor can wait for it.
struct follower {
  std::mutex running;
  std::function<void()> on_end;  // empty once the handle is gone
};

using follower_list = std::vector<std::shared_ptr<follower>>;

}  // namespace

// The list is copied on change, so that notify() calls without holding a lock that add() needs.
class followers::registry {
 public:
  void add(const std::shared_ptr<follower>& one) {
    const std::lock_guard lock(mutex_);
    auto changed = std::make_shared<follower_list>(*list_);
    changed->push_back(one);
    list_ = std::move(changed);
  }
  void remove(const std::shared_ptr<follower>& one) {
    const std::lock_guard lock(mutex_);
    auto changed = std::make_shared<follower_list>(*list_);
    changed->erase(std::remove(changed->begin(), changed->end(), one), changed->end());
    list_ = std::move(changed);
  }
  std::shared_ptr<const follower_list> present() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const follower_list> list_ = std::make_shared<follower_list>();
};

class followers::handle final : public follow_handle {
 public:
  handle(std::shared_ptr<registry> all, std::shared_ptr<follower> mine)
      : registry_(std::move(all)), mine_(std::move(mine)) {}
  ~handle() override {
    registry_->remove(mine_);
    const std::lock_guard lock(mine_->running);
    mine_->on_end = nullptr;
  }

 private:
  std::shared_ptr<registry> registry_;
  std::shared_ptr<follower> mine_;
};

followers::followers() : registry_(std::make_shared<registry>()) {}

std::unique_ptr<follow_handle> followers::add(std::function<void()> on_end) {
  auto one = std::make_shared<follower>();
  one->on_end = std::move(on_end);
  registry_->add(one);
  return std::make_unique<handle>(registry_, std::move(one));
}

void followers::notify() {
  const auto list = registry_->present();
  for (const auto& one : *list) {
    const std::lock_guard lock(one->running);
    if (one->on_end) one->on_end();
  }
}

}  // namespace roomlog
