// The frame of a value in the log: a FlatBuffer, then 8 bytes little-endian XXH3-64 of it. Internal
// to the codec.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <string>
#include <string_view>

#include "log/base/result.h"
#include "log/record.h"
#include "schemas/text/utf8.h"

namespace roomlog {

constexpr std::size_t seal_bytes = 8;

// This thread's builder, empty. Used for one buffer at a time.
flatbuffers::FlatBufferBuilder& cleared_builder();

// The finished buffer with its checksum; without one for nested content.
std::string seal(const flatbuffers::FlatBufferBuilder& finished);
std::string unsealed(const flatbuffers::FlatBufferBuilder& finished);

// The FlatBuffer within `value`, once size, alignment and checksum are good; errc::malformed.
result<byte_view> open_seal(byte_view value);

// The root table, once the Verifier has passed; else nullptr. `identifier` may be nullptr: none.
template <class Table>
const Table* verified_root(byte_view buffer, const char* identifier) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.data());
  flatbuffers::Verifier verifier(bytes, buffer.size());
  if (!verifier.VerifyBuffer<Table>(identifier)) return nullptr;
  return flatbuffers::GetRoot<Table>(bytes);
}

// Reads strings and remembers whether all were UTF-8.
class string_decoder {
 public:
  std::string_view operator()(const flatbuffers::String* s) {
    if (s == nullptr) return {};
    const std::string_view text(s->c_str(), s->size());
    if (!is_valid_utf8(text)) valid_ = false;
    return text;
  }
  bool valid() const { return valid_; }

 private:
  bool valid_ = true;
};

// Absent stands for empty.
inline flatbuffers::Offset<flatbuffers::String> put_string(flatbuffers::FlatBufferBuilder& builder,
                                                           std::string_view text) {
  if (text.empty()) return 0;
  return builder.CreateString(text.data(), text.size());
}

inline error malformed(std::string text) {
  return {errc::malformed, std::move(text)};
}

}  // namespace roomlog
