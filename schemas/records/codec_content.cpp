// Contents: FlatBuffers of their own within a record, whose checksum covers them.
#include "event_generated.h"
#include "schemas/records/codec.h"
#include "schemas/records/sealed_buffer.h"

namespace roomlog {
namespace {

constexpr std::string_view default_content_type = "text";

template <class Table>
result<const Table*> open_content(byte_view content, const char* what) {
  if (reinterpret_cast<std::uintptr_t>(content.data()) % 8 != 0) {
    return malformed(std::string(what) + " is not aligned to 8 bytes");
  }
  if (content.size() < 8 || content.size() > record_bytes_max) {
    return malformed(std::string(what) + " has an impossible size");
  }
  const auto* root = verified_root<Table>(content, nullptr);
  if (root == nullptr) return malformed(std::string(what) + " is not a FlatBuffer of its type");
  return root;
}

}  // namespace

std::string encode(const message_content& content) {
  auto& builder = cleared_builder();
  flatbuffers::Offset<flatbuffers::String> content_type;
  if (content.content_type != default_content_type) {
    content_type = builder.CreateString(content.content_type.data(), content.content_type.size());
  }
  const auto text = put_string(builder, content.text);
  const auto metadata = put_string(builder, content.metadata_json);
  const auto attachments = put_string(builder, content.attachments_json);
  const auto signature = put_string(builder, content.signature_json);
  builder.Finish(
      fbs::CreateMessageContent(builder, content_type, text, metadata, attachments, signature));
  return unsealed(builder);
}

std::string encode(const room_content& content) {
  auto& builder = cleared_builder();
  const auto title = put_string(builder, content.title);
  const auto metadata = put_string(builder, content.metadata_json);
  builder.Finish(fbs::CreateRoomContent(builder, title, metadata));
  return unsealed(builder);
}

result<message_content> decode_message_content(byte_view content) {
  const auto root = open_content<fbs::MessageContent>(content, "message content");
  if (!root) return root.error();
  const auto& from = **root;
  string_decoder text;
  const message_content decoded{
      from.content_type() == nullptr ? default_content_type : text(from.content_type()),
      text(from.text()), text(from.metadata_json()), text(from.attachments_json()),
      text(from.signature_json())};
  if (!text.valid()) return malformed("message content holds a string that is not UTF-8");
  return decoded;
}

result<room_content> decode_room_content(byte_view content) {
  const auto root = open_content<fbs::RoomContent>(content, "room content");
  if (!root) return root.error();
  string_decoder text;
  const room_content decoded{text((*root)->title()), text((*root)->metadata_json())};
  if (!text.valid()) return malformed("room content holds a string that is not UTF-8");
  return decoded;
}

}  // namespace roomlog
