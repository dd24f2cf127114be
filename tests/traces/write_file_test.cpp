// Files that appear whole or not at all.
#include "luqsim/traces/write_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_folder.h"
#include "trace_files.h"

namespace luqsim {
namespace {

using Files = std::vector<std::string>;

std::string error_of(const std::filesystem::path& path) {
  try {
    write_file(path, "new");
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

TEST(WriteFile, ReplacesAFile) {
  const test::TemporaryFolder folder;
  for (const char* contents : {"old", "", "new"}) {
    write_file(folder / "f", contents);
    EXPECT_EQ(test::read_bytes(folder / "f"), contents);
  }
  EXPECT_EQ(folder.files(), Files{"f"});
}

TEST(WriteFile, LeavesNothingWhereItFails) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  EXPECT_EQ(error_of(folder / "d"), "cannot write " + (folder / "d").string() + ": Is a directory");
  EXPECT_EQ(error_of(folder / "no/f"), "cannot write " + (folder / "no/f").string() + ": No such file or directory");
  EXPECT_EQ(folder.files(), Files{"d"});
}

// A file of a fixed name beside the target would be written by all at once.
TEST(WriteFile, ManyWritersAtATimeLeaveOneWholeFile) {
  const test::TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (char c = 'a'; c < 'e'; ++c)
    writers.emplace_back([&folder, c] {
      for (int i = 0; i < 50; ++i) write_file(folder / "f", std::string(static_cast<std::size_t>(c) * 1000, c));
    });
  for (std::thread& writer : writers) writer.join();
  const std::string contents = test::read_bytes(folder / "f");
  ASSERT_FALSE(contents.empty());
  EXPECT_EQ(contents, std::string(static_cast<std::size_t>(contents[0]) * 1000, contents[0]));
  EXPECT_EQ(folder.files(), Files{"f"});
}

TEST(WriteFile, WritesIntoWhatIsNoFile) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = test::read_bytes(folder / "pipe"); });
  write_file(folder / "pipe", "through");
  reader.join();
  EXPECT_EQ(read, "through");
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(WriteFile, WritesThroughALink) {
  const test::TemporaryFolder folder;
  for (const char* target : {"/dev/full", "f"}) {
    std::filesystem::remove(folder / "link");
    std::filesystem::create_symlink(target, folder / "link");
    const std::string full = "cannot write " + (folder / "link").string() + ": No space left on device";
    EXPECT_EQ(error_of(folder / "link"), target == std::string("f") ? "" : full);
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  }
  EXPECT_EQ(test::read_bytes(folder / "f"), "new");
}

TEST(WriteFile, PieceByPiece) {
  const test::TemporaryFolder folder;
  write_file(folder / "f", "old");
  const std::string piece(1000, 'x');
  std::string whole;
  {
    FileWriter file(folder / "f"), other(folder / "g");
    for (int i = 0; i < 200; ++i) {
      file.add(piece);
      other.add(piece);
      whole += piece;
    }
    EXPECT_EQ(test::read_bytes(folder / "f"), "old");
    file.close();
  }
  EXPECT_TRUE(test::read_bytes(folder / "f") == whole);
  EXPECT_EQ(folder.files(), Files{"f"});
}

TEST(WriteFile, CheckWritableLeavesFilesAsTheyAre) {
  const test::TemporaryFolder folder;
  write_file(folder / "f", "old");
  check_writable(folder / "f");
  check_writable(folder / "none");
  EXPECT_EQ(test::read_bytes(folder / "f"), "old");
  EXPECT_EQ(folder.files(), Files{"f"});
  EXPECT_THROW(check_writable(folder / ""), std::system_error);
  EXPECT_THROW(check_writable(folder / "no/f"), std::system_error);
}

// Where input and output are one terminal or /dev/null, nothing is lost. tests/app has the files.
TEST(WriteFile, DevicesMayBeReadAndWritten) {
  const test::TemporaryFolder folder;
  const std::vector<std::filesystem::path> inputs{"/dev/null", folder / "f"};
  EXPECT_NO_THROW(check_no_input("/dev/null", inputs));
  EXPECT_NO_THROW(check_no_input("", inputs));
  EXPECT_NO_THROW(check_no_input(folder / "g", inputs));
  EXPECT_THROW(check_no_input(folder / "f", inputs), std::system_error) << "also where it is not there yet";
}

}  // namespace
}  // namespace luqsim
