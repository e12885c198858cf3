// The names of protocol version 1 (docs/protocol.md §2): types of commands and frames, and the
// fields that both sides write or read.
#pragma once

#include <string_view>

namespace roomlog::command_name {

using name = std::string_view;
// They make events.
inline constexpr name send = "send", create = "create", join = "join", leave = "leave",
                      invite = "invite", kick = "kick", role = "role", edit = "edit",
                      delete_message = "delete", react = "react";
// Of the connection and its subscriptions.
inline constexpr name auth = "auth", refresh = "refresh", ping = "ping", options = "options",
                      subscribe = "subscribe", unsubscribe = "unsubscribe";
// Queries.
inline constexpr name history = "history", rooms = "rooms", members = "members";
// Of the protocol, but not served by this version.
inline constexpr name unserved[] = {"received", "read",   "typing",  "who",
                                    "room",     "thread", "receipts"};

}  // namespace roomlog::command_name

namespace roomlog::frame_name {

using name = std::string_view;
inline constexpr name hello = "hello", authenticated = "authenticated",
                      token_expiring = "token_expiring", drain = "drain";
inline constexpr name ok = "ok", pong = "pong", error = "error", ack = "ack";
inline constexpr name subscribed = "subscribed", lost = "lost", live = "live", event = "event";
inline constexpr name page = "page", members = "members", rooms = "rooms", room = "room";

}  // namespace roomlog::frame_name

namespace roomlog::field_name {

using name = std::string_view;
inline constexpr name type = "type", id = "id", room = "room", cid = "cid", after_cid = "after_cid",
                      seq = "seq", ts = "ts", user = "user", role = "role", token = "token",
                      epoch = "epoch";
inline constexpr name text = "text", content_type = "content_type", metadata = "metadata",
                      attachments = "attachments", signature = "signature", thread = "thread",
                      reply_to = "reply_to";
inline constexpr name emoji = "emoji", remove = "remove";
inline constexpr name title = "title", members = "members", direct = "direct", is_public = "public";
inline constexpr name after_seq = "after_seq", before_seq = "before_seq",
                      after_offset = "after_offset", since = "since", last = "last",
                      min_seq = "min_seq", after = "after", limit = "limit", order = "order",
                      kinds = "kinds", echo = "echo";
// Of `hello`, replies and errors.
inline constexpr name session = "session", ping_ms = "ping_ms", limits = "limits",
                      attempt_ms = "attempt_ms", features = "features", after_ms = "after_ms";
inline constexpr name offset = "offset", duplicate = "duplicate";
inline constexpr name code = "code", message = "message", temporary = "temporary",
                      retry_after_ms = "retry_after_ms";

}  // namespace roomlog::field_name
