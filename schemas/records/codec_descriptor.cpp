#include "schemas/records/codec.h"

namespace roomlog {
namespace {

class event_identity_codec final : public identity_codec {
 public:
  std::string encode(const log_identity& identity) const override {
    event e;
    e.facts = log_descriptor{identity.epoch, identity.partitions, identity.format_version};
    return roomlog::encode(e);
  }

  result<log_identity> decode(byte_view value) const override {
    const auto e = roomlog::decode(value);
    if (!e) return e.error();
    const auto* descriptor = std::get_if<log_descriptor>(&e->facts);
    if (descriptor == nullptr) {
      return error{errc::malformed, "the record is valid but is not a LogDescriptor"};
    }
    return log_identity{std::string(descriptor->epoch), descriptor->partitions,
                        descriptor->format_version};
  }
};

}  // namespace

const identity_codec& descriptor_codec() {
  static const event_identity_codec codec;
  return codec;
}

}  // namespace roomlog
