#include "pushers/rooms/room_tail.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <string>

#include "pushers/transport/ws_frame.h"

namespace roomlog::testing {
namespace {

std::string framed(std::string_view payload) {
  std::string frame;
  append_ws_frame(frame, ws_opcode::text, payload);
  return frame;
}

std::string payload_of(std::uint64_t seq, std::size_t bytes) {
  auto text = std::to_string(seq) + '|';
  text.resize(std::max(text.size(), bytes), '.');
  return text;
}

TEST(room_tail, starts_empty_at_the_next_seq) {
  const room_tail tail(seq_no{6});
  EXPECT_EQ(tail.begin(), seq_no{6});
  EXPECT_EQ(tail.end(), seq_no{6});
  EXPECT_EQ(tail.bytes(), 0u);
}

TEST(room_tail, gives_frames_that_lie_together_as_one_range) {
  room_tail tail(seq_no{1});
  for (const char* payload : {"aa", "bbb", "c"}) tail.append(payload);
  const auto all = tail.range(seq_no{1}, seq_no{4}, 100);
  EXPECT_EQ(all.bytes, framed("aa") + framed("bbb") + framed("c"));
  EXPECT_EQ(all.until, seq_no{4});
  const auto some = tail.range(seq_no{1}, seq_no{4}, 4 + 5);
  EXPECT_EQ(some.bytes, framed("aa") + framed("bbb"));
  EXPECT_EQ(some.until, seq_no{3});
  EXPECT_EQ(tail.range(seq_no{2}, seq_no{3}, 100).bytes, framed("bbb"));
}

TEST(room_tail, gives_the_payload_of_an_event_without_its_frame) {
  room_tail tail(seq_no{1});
  const std::size_t sizes[] = {0, 125, 126, 65'535, 65'536};  // every form of a frame's length
  for (const auto size : sizes) tail.append(std::string(size, 'x'));
  seq_no seq{1};
  for (const auto size : sizes) {
    EXPECT_EQ(tail.payload(seq), std::string(size, 'x'));
    ++seq;
  }
}

TEST(room_tail, gives_one_frame_at_least) {
  room_tail tail(seq_no{1});
  tail.append(std::string(100'000, 'x'));
  EXPECT_EQ(tail.range(seq_no{1}, seq_no{2}, 1).bytes.size(), 100'010u);
}

TEST(room_tail, forgets_what_was_deleted_and_everything_before) {
  room_tail tail(seq_no{1});
  for (int i = 0; i < 5; ++i) tail.append("x");
  tail.drop_through(seq_no{3});
  EXPECT_EQ(tail.begin(), seq_no{4});
  EXPECT_EQ(tail.end(), seq_no{6});
  tail.drop_through(seq_no{2});
  EXPECT_EQ(tail.begin(), seq_no{4});
  tail.drop_through(seq_no{5});
  EXPECT_EQ(tail.begin(), tail.end());
  EXPECT_EQ(tail.bytes(), 0u);
}

// Against a plain deque of payloads.
RC_GTEST_PROP(room_tail, behaves_like_a_queue_of_frames, ()) {
  room_tail tail(seq_no{1});
  std::deque<std::string> naive;
  std::uint64_t begin = 1;
  for (int step = 0; step < 200; ++step) {
    const auto end = begin + naive.size();
    switch (*rc::gen::inRange(0, 10)) {
      default:
        naive.push_back(payload_of(end, *rc::gen::inRange<std::size_t>(0, 9000)));
        tail.append(naive.back());
        break;
      case 0:
        (void)tail.drop_oldest();
        while (begin < tail.begin().value) naive.pop_front(), ++begin;
        break;
      case 1: {
        const auto last = *rc::gen::inRange<std::uint64_t>(0, end + 1);
        tail.drop_through(seq_no{last});
        while (begin <= last && !naive.empty()) naive.pop_front(), ++begin;
        break;
      }
    }
    RC_ASSERT(tail.begin() == seq_no{begin});
    RC_ASSERT(tail.end() == seq_no{begin + naive.size()});
    if (naive.empty()) continue;
    const auto from = *rc::gen::inRange<std::uint64_t>(begin, begin + naive.size());
    const auto most = *rc::gen::inRange<std::size_t>(1, 30000);
    const auto got = tail.range(seq_no{from}, tail.end(), most);
    std::string expected;
    for (auto seq = from; seq < got.until.value; ++seq) expected += framed(naive[seq - begin]);
    RC_ASSERT(tail.payload(seq_no{from}) == naive[from - begin]);
    RC_ASSERT(got.bytes == expected);
    RC_ASSERT(got.until.value > from);
    RC_ASSERT(got.bytes.size() <= most || got.until.value == from + 1);
  }
}

}  // namespace
}  // namespace roomlog::testing
