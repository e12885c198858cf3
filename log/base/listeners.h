// Who wants to hear of something, as a list of functions that come and go.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace roomlog {

// Thread-safe. A call may add listeners and may drop others, only not its own. Handles may outlive
// this object; one that is destroyed waits for its call to end. `Handle` has a virtual destructor.
template <class Handle, class... Args>
class listeners {
 public:
  using function = std::function<void(Args...)>;

  std::unique_ptr<Handle> add(function on) {
    auto one = std::make_shared<listener>();
    one->on = std::move(on);
    registry_->change([&](list& all) { all.push_back(one); });
    return std::make_unique<handle>(registry_, std::move(one));
  }

  // Calls every listener once, in the order of adding, on the calling thread.
  void notify(Args... args) {
    const auto present = registry_->present();
    for (const auto& one : *present) {
      const std::lock_guard lock(one->running);
      if (one->on) one->on(args...);
    }
  }

 private:
  // `running` is held during the call, so that a handle's destructor can wait for it.
  struct listener {
    std::mutex running;
    function on;  // empty once the handle is gone
  };
  using list = std::vector<std::shared_ptr<listener>>;

  // The list is copied on change, so that notify() calls without holding a lock that add() needs.
  class registry {
   public:
    template <class Change>
    void change(Change by) {
      const std::lock_guard lock(mutex_);
      auto changed = std::make_shared<list>(*list_);
      by(*changed);
      list_ = std::move(changed);
    }
    std::shared_ptr<const list> present() const {
      const std::lock_guard lock(mutex_);
      return list_;
    }

   private:
    mutable std::mutex mutex_;
    std::shared_ptr<const list> list_ = std::make_shared<list>();
  };

  class handle final : public Handle {
   public:
    handle(std::shared_ptr<registry> all, std::shared_ptr<listener> mine)
        : registry_(std::move(all)), mine_(std::move(mine)) {}
    ~handle() override {
      registry_->change([&](list& all) { std::erase(all, mine_); });
      const std::lock_guard lock(mine_->running);
      mine_->on = nullptr;
    }

   private:
    std::shared_ptr<registry> registry_;
    std::shared_ptr<listener> mine_;
  };

  std::shared_ptr<registry> registry_ = std::make_shared<registry>();
};

}  // namespace roomlog
