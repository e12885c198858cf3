// What the parser takes and what it refuses of any command and of a send: every rule at its limit
// and one past it.
#include "tests/schemas/protocol/command_parser_support.h"

namespace roomlog::testing {
namespace {

// S1.9, S3.8, S3.9, S1.43: another content type
TEST(command_parser, takes_a_send_with_every_field) {
  const auto made = accepted<event_command>(
      R"( {"type":"send","id":1,"room":"general","cid":"c-1","text":"h\u00e9\n","content_type":"md",)"
      R"("metadata":{ "b":1, "a":[ 2.50, null ] },"attachments":[{"url":"u"}],"thread":3,)"
      R"("reply_to":9007199254740991,"signature":{"alg":"x"},"after_cid":"c-0","later":[1]} )");
  EXPECT_EQ(made.id, "1");
  EXPECT_EQ(made.room, "general");
  EXPECT_EQ(made.cid, "c-1");
  EXPECT_EQ(made.after_cid, "c-0");
  const auto& body = std::get<send_command>(made.body);
  EXPECT_EQ(body.text, "h\u00e9\n");
  EXPECT_EQ(body.content_type, "md");
  EXPECT_EQ(body.metadata_json, R"({"b":1,"a":[2.50,null]})");
  EXPECT_EQ(body.attachments_json, R"([{"url":"u"}])");
  EXPECT_EQ(body.signature_json, R"({"alg":"x"})");
  EXPECT_EQ(body.thread, seq_no{3});
  EXPECT_EQ(body.reply_to, seq_no{9007199254740991});
}

// S3.24: what is left out
TEST(command_parser, a_send_needs_no_more_than_room_cid_and_text) {
  const auto made = accepted<event_command>(R"({"type":"send","room":"r","cid":"c","text":" "})");
  EXPECT_EQ(made.id, "");
  EXPECT_EQ(made.cid, "c");
  const auto& body = std::get<send_command>(made.body);
  EXPECT_EQ(body.text, " ");
  EXPECT_EQ(body.content_type, "text");
  EXPECT_EQ(body.metadata_json, "");
  EXPECT_EQ(body.thread, seq_no{});
}

// conflict 9: not UTF-8, U+0000, lone surrogates
TEST(command_parser, refuses_what_is_no_strict_json_object) {
  const std::string bad[] = {
      "",
      " ",
      "{",
      "hello",
      "[]",
      "1",
      "null",
      "\"send\"",
      R"([{"type":"ping"}])",
      R"({"type":"ping"} x)",
      R"({"type":"ping"}{"type":"ping"})",
      R"({"type":"ping",})",
      R"({'type':'ping'})",
      R"({"type":"ping"/**/})",
      R"({"type":"ping","type":"ping"})",
      R"({"type":"ping","\u0074ype":"ping"})",
      R"({"type":"ping","x":{"a":1,"b":{},"a":2}})",
      R"({"type":"ping","x":[{"y":{"a":1,"a":1}}]})",
      R"({"type":"ping","x":"\u0000"})",
      R"({"type":"ping","x":["a\u0000b"]})",
      R"({"type":"ping","x":{"\u0000":1}})",
      R"({"type":"ping","x":"\ud800"})",
      R"({"type":"ping","x":"\udc00\ud800"})",
      R"({"type":"ping","x":"\ud800\u0041"})",
      "{\"type\":\"ping\",\"x\":\"\xff\"}",
      "{\"type\":\"ping\",\"x\":\"\xc0\xaf\"}",
      "{\"type\":\"ping\",\"x\":\"\xed\xa0\x80\"}",
      "{\"type\":\"ping\",\"x\":\"\xf4\x90\x80\x80\"}",
      "{\"type\":\"ping\",\"x\":\"\n\"}",
      std::string("{\"type\":\"ping\",\"x\":\"a\0b\"}", 25),
      R"({"type":"ping","x":1e400})",
      R"({"type":"ping","x":[-1e400]})",
      R"({"type":"ping","x":Infinity})",
      R"({"type":"ping","x":NaN})",
      R"({"type":"ping","x":01})",
      R"({"type":"ping","x":)" + std::string(400, '9') + "}",
      R"({"type":"ping","x":)" + nested(32) + "}",
      "\xef\xbb\xbf{\"type\":\"ping\"}",
  };
  for (const auto& json : bad) expect_refused(json, error_code::bad_json);
}

TEST(command_parser, takes_what_is_unusual_but_strict_json) {
  accepted<ping_command>(R"({"type":"ping","x":)" + nested(31) + "}");
  accepted<ping_command>("\t\r\n {\"\\u0074ype\" : \"p\\u0069ng\"} \n");
  accepted<ping_command>(R"({"type":"ping","x":1e308,"y":1e-400,"z":-0,"w":"\ud83d\ude00"})");
  accepted<ping_command>(R"({"type":"ping","a":{"k":1},"b":{"k":1},"c":[{"k":1},{"k":2}]})");
}

TEST(command_parser, finds_one_key_twice_among_many) {
  std::string object = R"({"type":"ping","x":{)";
  for (int i = 0; i < 5000; ++i) object += json_text("key" + std::to_string(i)) + ":0,";
  accepted<ping_command>(object + R"("last":0}})");
  expect_refused(object + R"("key17":0}})", error_code::bad_json, "twice");
}

TEST(command_parser, a_refusal_carries_id_and_cid_where_they_could_be_read) {
  auto refusal = refused(R"({"type":"send","id":"a\"b","cid":"c1"})");
  EXPECT_EQ(refusal.id, R"("a\"b")");
  EXPECT_EQ(refusal.cid, "c1");
  refusal = refused(R"({"id":12.5,"cid":"not ok","type":"nothing"})");
  EXPECT_EQ(refusal.id, "12.5");
  EXPECT_EQ(refusal.cid, "");
  refusal = refused(R"({"id":7,"cid":"c","type":"send","room":"r","text":"\u0000"})");
  EXPECT_EQ(refusal.id, "7");
  EXPECT_EQ(refusal.cid, "c");
  EXPECT_EQ(refusal.error.code, error_code::bad_json);
}

TEST(command_parser, keeps_an_id_of_up_to_128_bytes_of_json) {
  const std::string longest = json_text(std::string(126, 'x'));
  EXPECT_EQ(accepted<ping_command>(R"({"type":"ping","id":)" + longest + "}").id, longest);
  EXPECT_EQ(accepted<ping_command>(R"({"type":"ping","id":-1})").id, "-1");
  EXPECT_EQ(accepted<ping_command>(R"({"type":"ping","id":""})").id, R"("")");
  for (const auto& id : {json_text(std::string(127, 'x')), std::string("null"), std::string("{}"),
                         std::string("true"), std::string("[1]")}) {
    const auto refusal = refused(R"({"type":"ping","id":)" + id + "}");
    EXPECT_EQ(refusal.error.code, error_code::invalid_field);
    EXPECT_EQ(refusal.id, "");
  }
}

// S1.41
TEST(command_parser, names_a_type_that_it_does_not_know) {
  expect_refused(R"({"type":"dance"})", error_code::unknown_type, "\"dance\"");
  for (const char* later : {"received", "read", "typing", "who", "thread", "receipts", "room",
                            "Send", "send ", "ack"}) {
    expect_refused(R"({"type":")" + std::string(later) + R"(","room":"r"})",
                   error_code::unknown_type, later);
  }
  const auto refusal = refused(R"({"type":")" + std::string(5000, 'x') + R"("})");
  EXPECT_LT(refusal.error.message.size(), 100u);
}

// S3.27
TEST(command_parser, asks_for_required_fields) {
  for (const char* json : {R"({})",
                           R"({"id":1})",
                           R"({"type":""})",
                           R"({"type":null})",
                           R"({"type":"send"})",
                           R"({"type":"send","room":"r","cid":"c"})",
                           R"({"type":"send","cid":"c","text":"x"})",
                           R"({"type":"send","room":"","cid":"c","text":"x"})",
                           R"({"type":"send","room":null,"cid":"c","text":"x"})",
                           R"({"type":"send","room":"r","text":"x"})",
                           R"({"type":"send","room":"r","cid":"","text":"x"})",
                           R"({"type":"send","room":"r","cid":null,"text":"x"})",
                           R"({"type":"send","room":"r","cid":"c","text":""})",
                           R"({"type":"send","room":"r","cid":"c","text":null})",
                           R"({"type":"send","room":"r","cid":"c","text":"","attachments":[]})",
                           R"({"type":"send","room":"r","cid":"c","metadata":{"a":1}})",
                           R"({"type":"send","room":5,"cid":"c"})",
                           R"({"type":"create"})",
                           R"({"type":"join"})",
                           R"({"type":"leave"})",
                           R"({"type":"invite","room":"r"})",
                           R"({"type":"kick","user":"u"})",
                           R"({"type":"role","room":"r","user":"u"})",
                           R"({"type":"subscribe"})",
                           R"({"type":"unsubscribe"})",
                           R"({"type":"history"})",
                           R"({"type":"members"})",
                           R"({"type":"auth"})",
                           R"({"type":"refresh","token":""})"}) {
    expect_refused(json, error_code::missing_fields);
    EXPECT_EQ(refused(json).error.message, "Missing required fields");
  }
}

// S1.43
TEST(command_parser, attachments_stand_for_text) {
  const auto body =
      body_of<send_command>(R"({"type":"send","room":"r","cid":"c","attachments":[{"url":"u"}]})");
  EXPECT_EQ(body.text, "");
  EXPECT_EQ(body.attachments_json, R"([{"url":"u"}])");
  EXPECT_EQ(body_of<send_command>(send_with(R"("attachments":[])")).attachments_json, "");
}

TEST(command_parser, refuses_fields_of_the_wrong_kind_and_names_them) {
  const std::pair<const char*, const char*> bad[] = {
      {R"("text")", "5"},
      {R"("room")", "5"},
      {R"("cid")", "5"},
      {R"("cid")", "\" \""},
      {R"("after_cid")", "[]"},
      {R"("content_type")", "\"\""},
      {R"("content_type")", "\"a b\""},
      {R"("metadata")", "[]"},
      {R"("metadata")", "\"{}\""},
      {R"("metadata")", "null"},
      {R"("attachments")", "{}"},
      {R"("attachments")", "[1]"},
      {R"("attachments")", "[{},\"x\"]"},
      {R"("attachments")", "[[]]"},
      {R"("signature")", "true"},
      {R"("thread")", "0"},
      {R"("thread")", "-1"},
      {R"("thread")", "1.0"},
      {R"("thread")", "\"1\""},
      {R"("thread")", "9007199254740992"},
      {R"("reply_to")", "1e3"},
      {R"("reply_to")", "18446744073709551617"},
  };
  for (const auto& [name, value] : bad) {
    std::string fields[] = {R"("room":"r")", R"("text":"hi")", R"("cid":"c")"};
    std::string json = R"({"type":"send")";
    for (const auto& field : fields) {
      if (field.rfind(name, 0) != 0) json += "," + field;
    }
    json += "," + std::string(name) + ":" + value + "}";
    expect_refused(json, error_code::invalid_field,
                   std::string(name).substr(1, std::string(name).size() - 2));
  }
}

TEST(command_parser, bounds_the_names_of_rooms_cids_and_users) {
  const auto with_room = [](const std::string& room) {
    return R"({"type":"join","room":)" + json_text(room) + "}";
  };
  accepted<event_command>(with_room(std::string(128, 'r')));
  accepted<event_command>(with_room("!~/#"));
  expect_refused(with_room(std::string(129, 'r')), error_code::invalid_field, "room");
  expect_refused(with_room("a b"), error_code::invalid_field, "room");
  expect_refused(with_room("\u00e9"), error_code::invalid_field, "room");
  expect_refused(with_room("\x7f"), error_code::invalid_field, "room");

  const auto with_cid = [](const std::string& cid) {
    return R"({"type":"join","room":"r","cid":)" + json_text(cid) + "}";
  };
  accepted<event_command>(with_cid(std::string(64, 'c')));
  expect_refused(with_cid(std::string(65, 'c')), error_code::invalid_field, "cid");
  expect_refused(with_cid("a b"), error_code::invalid_field, "cid");

  const auto with_user = [](const std::string& user) {
    return R"({"type":"invite","room":"r","user":)" + json_text(user) + "}";
  };
  EXPECT_EQ(body_of<invite_command>(with_user("ann b")).user, "ann b");
  accepted<event_command>(with_user(std::string(255, 'u')));
  expect_refused(with_user(std::string(256, 'u')), error_code::invalid_field, "user");
  expect_refused(with_user("\\t"), error_code::invalid_field, "user");
}

TEST(command_parser, a_command_cannot_come_after_itself) {
  expect_refused(send_with(R"("cid":"c","after_cid":"c")"), error_code::invalid_field, "after_cid");
}

// S3.28, conflict 12: code points
TEST(command_parser, counts_code_points_of_texts) {
  const auto with_text = [](const std::string& text) {
    return R"({"type":"send","room":"r","cid":"c","text":)" + json_text(text) + "}";
  };
  std::string smileys;
  for (int i = 0; i < 4000; ++i) smileys += "\U0001F600";
  EXPECT_EQ(body_of<send_command>(with_text(smileys)).text, smileys);
  accepted<event_command>(with_text(std::string(4000, 'x')));
  expect_refused(with_text(smileys + "x"), error_code::message_too_long);
  std::string accents;
  for (int i = 0; i < 2000; ++i) accents += "e\u0301";  // a letter and what stands above it
  accepted<event_command>(with_text(accents));
  expect_refused(with_text(accents + "e"), error_code::message_too_long);
  EXPECT_EQ(refused(with_text(std::string(4001, 'x'))).error.message,
            "Message too long (max 4000 characters)");
  parser_limits small;
  small.text_code_points_max = 3;
  accepted<event_command>(with_text("abc"), small);
  EXPECT_EQ(refused(with_text("abcd"), small).error.message, "Message too long (max 3 characters)");
}

// conflict 12: bytes
TEST(command_parser, bounds_the_compact_size_of_all_contents_together) {
  // "hi" 4, {"a":"…"} 8 + n, [{}] 4, {} 2 bytes of compact JSON.
  const auto sized = [](std::size_t n) {
    return send_with(R"("attachments":[ { } ],"signature":{ },"metadata":{ "a" : ")" +
                     std::string(n, 'm') + "\"}");
  };
  const std::size_t fits = 16384 - 4 - 8 - 4 - 2;
  accepted<event_command>(sized(fits));
  expect_refused(sized(fits + 1), error_code::message_too_long);
}

// S3.32
TEST(command_parser, fields_come_before_length) {
  expect_refused(
      R"({"type":"send","room":"r r","cid":"c","text":")" + std::string(5000, 'x') + "\"}",
      error_code::invalid_field, "room");
  expect_refused(R"({"type":"send","text":")" + std::string(5000, 'x') + "\"}",
                 error_code::missing_fields);
}

}  // namespace
}  // namespace roomlog::testing
