#include "schemas/records/sealed_buffer.h"

#include <xxhash.h>

#include "schemas/records/codec.h"

namespace roomlog {

flatbuffers::FlatBufferBuilder& cleared_builder() {
  thread_local flatbuffers::FlatBufferBuilder builder(4096);
  builder.Clear();
  return builder;
}

std::string unsealed(const flatbuffers::FlatBufferBuilder& finished) {
  return {reinterpret_cast<const char*>(finished.GetBufferPointer()), finished.GetSize()};
}

std::string seal(const flatbuffers::FlatBufferBuilder& finished) {
  const auto* bytes = reinterpret_cast<const char*>(finished.GetBufferPointer());
  const std::size_t size = finished.GetSize();
  std::string value;
  value.reserve(size + seal_bytes);
  value.append(bytes, size);
  char trailer[seal_bytes];
  flatbuffers::WriteScalar<std::uint64_t>(trailer, XXH3_64bits(bytes, size));
  value.append(trailer, seal_bytes);
  return value;
}

result<byte_view> open_seal(byte_view value) {
  if (value.size() > record_bytes_max) return malformed("record is larger than 1 MiB");
  if (value.size() <= seal_bytes) return malformed("record is too short");
  if (reinterpret_cast<std::uintptr_t>(value.data()) % 8 != 0) {
    return malformed("record is not aligned to 8 bytes");
  }
  const auto buffer = value.first(value.size() - seal_bytes);
  std::uint64_t expected;
  std::memcpy(&expected, value.data() + buffer.size(), sizeof expected);
  if (flatbuffers::EndianScalar(expected) != XXH3_64bits(buffer.data(), buffer.size())) {
    return malformed("record's checksum does not match");
  }
  return buffer;
}

}  // namespace roomlog
