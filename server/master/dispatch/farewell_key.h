// What a worker gets when it joins, so that somebody can report its crash in its place, and nobody else can.
// Any thread.
#pragma once

#include <array>
#include <cstddef>

#include <kj/common.h>

namespace tilework::master {

class FarewellKey {
 public:
  // A new one, which can't be guessed.
  static FarewellKey make();
  // One that was sent. Bytes of another number give one that equals no other.
  static FarewellKey received(kj::ArrayPtr<const kj::byte> bytes);

  kj::ArrayPtr<const kj::byte> bytes() const { return {bytes_.data(), bytes_.size()}; }
  // Takes as long whatever the keys are.
  bool equals(const FarewellKey& other) const;

 private:
  std::array<kj::byte, 16> bytes_{};
};

}  // namespace tilework::master
