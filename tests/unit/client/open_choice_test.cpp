#include "client/document/open_choice.h"

#include <catch2/catch.hpp>

namespace tilework::client {
namespace {

using Images = std::vector<ImageId>;

TEST_CASE("the current image is opened first, and a few at a time for their thumbnails") {
  OpenChoice choice({.open = 16, .opening = 2});
  auto changes = choice.follow(5, {1, 2, 3, 4, 5});
  CHECK(changes.open == Images{5, 1, 2});
  CHECK(changes.close.empty());
  CHECK(choice.follow(5, {1, 2, 3, 4}).open.empty());
  CHECK(choice.follow(5, {2, 3, 4}).open == Images{3});
  CHECK(choice.follow(5, {}).open.empty());
}

TEST_CASE("of many images a few stay open: those that were needed last") {
  OpenChoice choice({.open = 3, .opening = 2});
  for (const ImageId image : {1, 2, 3}) choice.follow(image, {});
  choice.follow(1, {});
  const auto changes = choice.follow(4, {});
  CHECK(changes.close == Images{2});
  CHECK(changes.open == Images{4});
  CHECK(choice.is_open(1));
  CHECK_FALSE(choice.is_open(2));
}

TEST_CASE("what is looked at isn't closed for thumbnails, nor one thumbnail for another") {
  OpenChoice choice({.open = 3, .opening = 4});
  CHECK(choice.follow(1, {2, 3, 4, 5}).open == Images{1, 2, 3});
  CHECK(choice.follow(1, {2, 3, 4, 5}).open.empty());
  const auto changes = choice.follow(1, {3, 4, 5});
  CHECK(changes.close == Images{2});
  CHECK(changes.open == Images{4});
}

TEST_CASE("an image that was closed is opened anew when it is needed") {
  OpenChoice choice;
  choice.follow(1, {});
  CHECK(choice.follow(1, {}).open.empty());
  choice.forget(1);
  CHECK(choice.follow(1, {}).open == Images{1});
}

}  // namespace
}  // namespace tilework::client
