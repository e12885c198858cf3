#include "ingress/commands/content_filter.h"

#include <algorithm>
#include <sstream>

#include "log/base/posix_file.h"
#include "schemas/text/text_encoding.h"
#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

// The code point at `i`, which moves behind it. Valid UTF-8 only.
char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at]));
  };
  const char32_t lead = byte(i++);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  char32_t c = lead & (0x3fu >> more);
  for (std::size_t n = 0; n < more; ++n) c = c << 6 | (byte(i++) & 0x3f);
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

bool is_word_character(char32_t c) {
  if (c < 0x80)
    return within(c, '0', '9') || within(c, 'A', 'Z') || within(c, 'a', 'z') || c == '_';
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;  // ª µ º among Latin-1's punctuation
  if (c == 0xd7 || c == 0xf7) return false;                  // × ÷
  const bool general_punctuation = within(c, 0x2000, 0x206f);
  const bool cjk_punctuation = within(c, 0x3000, 0x3003) || within(c, 0x3008, 0x3020);
  const bool full_width = within(c, 0xff01, 0xff0f) || within(c, 0xff1a, 0xff20);
  return !general_punctuation && !cjk_punctuation && !full_width && c != 0xfeff;
}

char32_t lower(char32_t c) {
  if (c < 0x80) return within(c, 'A', 'Z') ? c + 32 : c;
  if (within(c, 0xc0, 0xde)) return c + 32;
  // Latin Extended-A: pairs, upper first, on even numbers or on odd ones.
  if (within(c, 0x100, 0x137) || within(c, 0x14a, 0x177)) return c == 0x130 ? U'i' : c | 1;
  if (within(c, 0x139, 0x148) || within(c, 0x179, 0x17e)) return c + (c & 1);
  if (c == 0x178) return 0xff;
  if (within(c, 0x391, 0x3a9)) return c + 32;
  if (c == 0x3c2) return 0x3c3;  // ς is σ at the end of a word
  if (within(c, 0x410, 0x42f)) return c + 32;
  if (within(c, 0x400, 0x40f)) return c + 80;
  return c;
}

// Calls `on_word` with each word in lower case; stops when it says true.
template <class OnWord>
bool any_word(std::string_view text, OnWord on_word) {
  std::string word;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (is_word_character(c)) {
      append_utf8(word, lower(c));
    } else if (!word.empty()) {
      if (on_word(word)) return true;
      word.clear();
    }
  }
  return !word.empty() && on_word(word);
}

// The word in lower case if the text is exactly one word.
std::string single_word(std::string_view text) {
  std::string lowered;
  if (!is_valid_utf8(text)) return lowered;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (!is_word_character(c)) return {};
    append_utf8(lowered, lower(c));
  }
  return lowered;
}

// Without a comment and the blanks around the rest.
std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto hash = line.find('#');
  if (hash == 0 || (hash != line.npos && blanks.find(line[hash - 1]) != blanks.npos)) {
    line = line.substr(0, hash);
  }
  const auto begin = line.find_first_not_of(blanks);
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

content_filter::word_set content_filter::set_of(const std::vector<std::string>& words) {
  word_set out;
  for (const auto& word : words) {
    auto lowered = single_word(word);
    out.longest = std::max(out.longest, lowered.size());
    if (!lowered.empty()) out.words.insert(std::move(lowered));
  }
  return out;
}

content_filter::content_filter(const std::vector<std::string>& words) : words_(set_of(words)) {}

void content_filter::replace(const std::vector<std::string>& words) {
  words_.set(set_of(words));
}

bool content_filter::prohibits(std::string_view text) const {
  const auto now = words_.get();
  if (now->words.empty()) return false;
  return any_word(text, [&](const std::string& word) {
    return word.size() <= now->longest &&
           now->words.find(std::string_view(word)) != now->words.end();
  });
}

result<std::vector<std::string>> load_word_list(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  if (!bytes) return bytes.error();
  const auto text = text_without_mark(*bytes, file.string());
  if (!text) return text.error();
  std::istringstream in{std::string(*text)};
  std::vector<std::string> words;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string_view word = trimmed(line);
    if (word.empty()) continue;
    if (single_word(word).empty()) {
      return error{errc::invalid,
                   file.string() + ", line " + std::to_string(number) +
                       ": each line must be one word of letters, digits and underscores"};
    }
    words.emplace_back(word);
  }
  return words;
}

}  // namespace roomlog
