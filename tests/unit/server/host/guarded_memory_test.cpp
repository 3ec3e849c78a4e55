#include "server/host/memory/guarded_memory.h"

#include <cstring>

#include <catch2/catch.hpp>

#include "tests/support/child.h"

namespace tilework::host {
namespace {

cv::Mat matrix(const GuardedMemory& memory, cv::Size size) {
  cv::Mat made;
  made.allocator = const_cast<GuardedMemory*>(&memory);
  made.create(size, CV_8UC3);
  return made;
}

}  // namespace

TEST_CASE("a matrix in guarded memory is like any other") {
  const GuardedMemory memory;
  cv::Mat made = matrix(memory, {50, 40});
  CHECK(made.isContinuous());
  made.setTo(7);
  const cv::Mat shared = made;
  made = cv::Mat();
  CHECK(cv::countNonZero(shared.reshape(1) == 7) == 50 * 40 * 3);
  CHECK(memory.is_whole());
}

TEST_CASE("a byte that is written around a matrix is found") {
  const GuardedMemory memory;
  const cv::Mat made = matrix(memory, {50, 50});
  const std::size_t size = made.total() * made.elemSize();
  REQUIRE(size % 64 != 0);
  for (const std::ptrdiff_t offset : {std::ptrdiff_t{-1}, static_cast<std::ptrdiff_t>(size)}) {
    made.data[offset] ^= 1;
    CHECK_FALSE(memory.is_whole());
    made.data[offset] ^= 1;
    CHECK(memory.is_whole());
  }
}

TEST_CASE("who writes far beyond a matrix is stopped") {
  const GuardedMemory memory;
  const cv::Mat made = matrix(memory, {50, 50});
  const std::size_t size = made.total() * made.elemSize();
  CHECK(test::signal_of_child([&] { std::memset(made.data, 1, size); }) == 0);
  CHECK(test::signal_of_child([&] { std::memset(made.data + size, 1, 4096); }) == SIGSEGV);
  CHECK(test::signal_of_child([&] { std::memset(made.data - 16384, 1, 16384); }) == SIGSEGV);
}

TEST_CASE("guarded memory is used again, and its marks are fresh") {
  const GuardedMemory memory;
  cv::Mat first = matrix(memory, {500, 500});
  const uchar* data = first.data;
  first = cv::Mat();
  const cv::Mat second = matrix(memory, {500, 500});
  CHECK(second.data == data);
  CHECK(memory.is_whole());
}

TEST_CASE("a byte that was written around a matrix is found when the matrix is gone, too") {
  const GuardedMemory memory;
  matrix(memory, {50, 50}).data[-1] ^= 1;
  CHECK_FALSE(memory.is_whole());
}

}  // namespace tilework::host
