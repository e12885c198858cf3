#include "log/base/posix_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;

class posix_file : public ::testing::Test {
 protected:
  const temporary_directory directory_;
  const fs::path file_ = directory_.path() / "file";
};

TEST_F(posix_file, reads_what_was_replaced) {
  ASSERT_TRUE(replace_file(file_, "one"));
  ASSERT_TRUE(replace_file(file_, std::string(200'000, 'x')));
  EXPECT_EQ(read_file(file_).value(), std::string(200'000, 'x'));
}

TEST_F(posix_file, reads_up_to_the_bound_and_not_one_byte_beyond) {
  ASSERT_TRUE(replace_file(file_, "1234"));
  EXPECT_EQ(read_file(file_, 4).value(), "1234");
  const auto beyond = read_file(file_, 3);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, errc::invalid);
}

TEST_F(posix_file, what_cannot_be_read_is_named) {
  const auto missing = read_file(file_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::not_found);
  EXPECT_EQ(missing.error().text, "cannot open " + file_.string() + ": No such file or directory");
  const auto directory = read_file(directory_.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, errc::io);
  EXPECT_EQ(directory.error().text,
            "cannot read " + directory_.path().string() + ": Is a directory");
}

TEST_F(posix_file, a_created_file_is_private_whole_and_alone) {
  ASSERT_TRUE(create_file(file_, "first"));
  EXPECT_EQ(read_file(file_).value(), "first");
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(posix_file, a_file_that_is_there_is_not_created_anew) {
  ASSERT_TRUE(create_file(file_, "first"));
  ASSERT_TRUE(create_file(file_, "second"));
  EXPECT_EQ(read_file(file_).value(), "first");
}

TEST_F(posix_file, nothing_is_left_of_a_file_that_cannot_be_created) {
  EXPECT_FALSE(create_file(directory_.path() / "no" / "such", "bytes"));
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

TEST_F(posix_file, directories_are_made_with_their_parents) {
  ASSERT_TRUE(make_directories(directory_.path() / "a" / "b" / "c"));
  EXPECT_TRUE(fs::is_directory(directory_.path() / "a" / "b" / "c"));
  EXPECT_TRUE(make_directories(directory_.path() / "a" / "b"));
  EXPECT_TRUE(make_directories(fs::path("file").parent_path()));
}

}  // namespace
}  // namespace roomlog::testing
