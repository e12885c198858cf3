// The entries of a page as JSON, no more of them than its bytes allow. They are added in the
// direction of paging and come out in their own order, so that a page backwards keeps the newest.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/text/json_writer.h"

namespace roomlog {

// Whether a browser that takes the JSON for HTML could see markup in it (json_writer.h).
enum class markup { kept, escaped };

class json_list {
 public:
  json_list(std::size_t bytes_max, markup rule) : bytes_max_(bytes_max), rule_(rule) {}

  // `json` is one entry. False, and nothing is added, where it does not fit; the first one does.
  bool add(std::string json) {
    if (rule_ == markup::escaped) json = without_markup(std::move(json));
    if (!entries_.empty() && bytes_ + json.size() + 1 > bytes_max_) return false;
    bytes_ += json.size() + 1;
    entries_.push_back(std::move(json));
    return true;
  }
  std::size_t size() const { return entries_.size(); }
  std::string in_order() const { return joined(entries_.begin(), entries_.end()); }
  std::string reversed() const { return joined(entries_.rbegin(), entries_.rend()); }

 private:
  template <class Iterator>
  std::string joined(Iterator begin, Iterator end) const {
    std::string list = "[";
    list.reserve(bytes_ + 1);
    for (auto at = begin; at != end; ++at) {
      if (at != begin) list += ',';
      list += *at;
    }
    return list += ']';
  }

  const std::size_t bytes_max_;
  const markup rule_;
  std::vector<std::string> entries_;
  std::size_t bytes_ = 1;  // of the whole array
};

}  // namespace roomlog
