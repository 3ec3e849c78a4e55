// What a detector found in an image. A pure value; any thread.
#pragma once

#include <string>

#include "schema/model/region.h"

namespace tilework {

struct Finding {
  Region box;         // in pixels of the result
  std::string label;  // what it is, as "spot"
  double score = 0;   // how sure or how strong; the detector says what it means
  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace tilework
