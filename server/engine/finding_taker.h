// Takes what a detector reports of a segment: keeps what belongs to the tile, and refuses nonsense. One
// thread.
#pragma once

#include <cstdint>
#include <string>

#include <tilework/abi.h>
#include <tilework/types.h>

#include "server/engine/findings.h"

namespace tilework::engine {

class FindingTaker {
 public:
  // Boxes of more than `largest` pixels in width or height are dropped. What is referred to outlives the
  // object.
  FindingTaker(const Place& place, int largest, FindingList& into)
      : place_(place), largest_(largest), into_(into) {}

  // For the plugin, as long as this object lives.
  TileworkFindings table() { return {this, &FindingTaker::add}; }

  // Why a finding was refused, as "it reported a box of 0x3 pixels": the first one. Empty when all is well.
  const std::string& refusal() const { return refusal_; }

 private:
  static int add(void* context, const TileworkRect* box, const char* label, double score) noexcept;
  std::string take(const TileworkRect& box, const char* label, double score);

  const Place& place_;
  int largest_;
  FindingList& into_;
  std::int64_t reported_ = 0;
  std::string refusal_;
};

}  // namespace tilework::engine
