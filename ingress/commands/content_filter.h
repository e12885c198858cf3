// Words that messages may not contain. Compared as whole words and without case: "Bad," contains
// "bad", "badge" does not. A word is a run of letters, digits and underscores; every character
// beyond ASCII that is no blank or punctuation counts as a letter. Case is that of ASCII, Latin-1,
// Latin Extended-A, Greek and Cyrillic.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "log/base/replaceable.h"
#include "log/base/result.h"

namespace roomlog {

// Thread-safe.
class content_filter {
 public:
  // Words as load_word_list() accepts them; others match nothing.
  explicit content_filter(const std::vector<std::string>& words);
  // `text` is valid UTF-8.
  bool prohibits(std::string_view text) const;
  // What is asked from now on is compared with these words.
  void replace(const std::vector<std::string>& words);

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct word_set {
    std::unordered_set<std::string, text_hash, std::equal_to<>> words;
    std::size_t longest = 0;
  };
  static word_set set_of(const std::vector<std::string>& words);

  replaceable<word_set> words_;
};

// One word a line; a '#' at its beginning or behind a blank begins a comment, and empty lines are
// skipped. errc::not_found, errc::io; errc::malformed for UTF-16; errc::invalid, naming the line,
// for one that is not one word.
result<std::vector<std::string>> load_word_list(const std::filesystem::path& file);

}  // namespace roomlog
