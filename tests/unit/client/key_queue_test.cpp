// Keys that come faster than frames.
#include "client/desktop/key_queue.h"

#include <vector>

#include <catch2/catch.hpp>

using tilework::client::KeyQueue;

namespace {

KeyQueue::Event down(int key) {
  return {key, 0, GLFW_PRESS, 0, 0};
}
KeyQueue::Event up(int key) {
  return {key, 0, GLFW_RELEASE, 0, 0};
}
using Frame = std::vector<KeyQueue::Event>;

std::vector<Frame> frames_of(const Frame& events) {
  KeyQueue queue;
  for (const auto& event : events) queue.add(event);
  std::vector<Frame> frames;
  while (!queue.empty()) frames.push_back(queue.take());
  return frames;
}

constexpr int a = GLFW_KEY_A;
constexpr int z = GLFW_KEY_Z;
constexpr int ctrl = GLFW_KEY_LEFT_CONTROL;

}  // namespace

TEST_CASE("a key that is pressed and let go between two frames is seen down by one") {
  CHECK(frames_of({down(a), up(a)}) == std::vector<Frame>{{down(a)}, {up(a)}});
  CHECK(frames_of({down(a), up(a), down(a), up(a)}).size() == 4);
}

TEST_CASE("a key is seen with the modifiers with which it was pressed, however fast they are") {
  CHECK(frames_of({down(ctrl), down(z), up(z), up(ctrl)}) ==
        std::vector<Frame>{{down(ctrl), down(z)}, {up(z), up(ctrl)}});
  CHECK(frames_of({down(a), down(ctrl)}) == std::vector<Frame>{{down(a)}, {down(ctrl)}});
  CHECK(frames_of({down(z), up(ctrl), up(z)}) == std::vector<Frame>{{down(z)}, {up(ctrl), up(z)}});
}

TEST_CASE("what is typed waits for the keys before it") {
  const auto typed = [](unsigned character) { return KeyQueue::Event{.character = character}; };
  CHECK(frames_of({down(ctrl), down(a), up(a), up(ctrl), typed('x'), typed('x')}) ==
        std::vector<Frame>{{down(ctrl), down(a)}, {up(a), up(ctrl), typed('x'), typed('x')}});
  CHECK(frames_of({down(a), typed('a'), up(a), down(z), typed('z'), up(z)}) ==
        std::vector<Frame>{{down(a), typed('a')}, {up(a), down(z), typed('z')}, {up(z)}});
  const KeyQueue::Event again{a, 0, GLFW_REPEAT, 0, 0};
  CHECK(frames_of({again, typed('a'), down(ctrl)}) == std::vector<Frame>{{again, typed('a')}, {down(ctrl)}});
}

TEST_CASE("keys that don't stand in each other's way come in one frame") {
  CHECK(frames_of({up(ctrl), down(a), down(z)}).size() == 1);
  CHECK(frames_of({down(a), {a, 0, GLFW_REPEAT, 0, 0}, {a, 0, GLFW_REPEAT, 0, 0}}).size() == 1);
}
