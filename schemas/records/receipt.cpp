#include "schemas/records/receipt.h"

#include "receipt_generated.h"
#include "schemas/records/json_dump.h"
#include "schemas/records/sealed_buffer.h"

namespace roomlog {

std::string encode(const receipt_advanced& receipt) {
  auto& builder = cleared_builder();
  const auto room = put_string(builder, receipt.room);
  const auto user = put_string(builder, receipt.user);
  builder.Finish(fbs::CreateReceiptAdvanced(builder, receipt.schema_version, room, user,
                                            static_cast<fbs::ReceiptKind>(receipt.kind),
                                            receipt.seq.value, receipt.gateway_time.value),
                 fbs::ReceiptAdvancedIdentifier());
  return seal(builder);
}

result<receipt_advanced> decode_receipt(byte_view value) {
  const auto buffer = open_seal(value);
  if (!buffer) return buffer.error();
  const auto* root = verified_root<fbs::ReceiptAdvanced>(*buffer, fbs::ReceiptAdvancedIdentifier());
  if (root == nullptr) return malformed("record is not an RLR1 FlatBuffer");
  if (root->kind() < fbs::ReceiptKind::MIN || root->kind() > fbs::ReceiptKind::MAX) {
    return malformed("receipt's kind is out of range");
  }
  string_reader text;
  const receipt_advanced decoded{root->schema_version(), text(root->room()),
                                 text(root->user()),     static_cast<receipt_kind>(root->kind()),
                                 seq_no{root->seq()},    timestamp{root->gateway_time()}};
  if (!text.valid()) return malformed("receipt holds a string that is not UTF-8");
  return decoded;
}

std::string receipt_key(const receipt_advanced& receipt) {
  std::string key(receipt.room);
  key += '\0';
  key += receipt.user;
  key += '\0';
  key += to_string(receipt.kind);
  return key;
}

const char* to_string(receipt_kind kind) noexcept {
  return kind == receipt_kind::read ? "read" : "delivered";
}

std::string to_json(const receipt_advanced& receipt) {
  std::string out;
  json_object json(out);
  json.field("schema_version", std::uint64_t{receipt.schema_version})
      .field("room", receipt.room)
      .field("user", receipt.user)
      .field("kind", to_string(receipt.kind))
      .field("seq", receipt.seq.value);
  dump_time(json, "gateway_time", receipt.gateway_time);
  json.close();
  return out;
}

}  // namespace roomlog
