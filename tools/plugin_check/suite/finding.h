// What a check finds wrong, and in which case. Pure values; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tilework::conformance {

// All that it takes to see a case again. Empty are the members that it doesn't have: a check of a declaration
// has no image.
struct CaseText {
  std::string filters;  // as `tilework apply -f` takes them, joined by ", ": "gaussian-blur:size=31"
  std::string image;    // "150x13", width and height
  std::string format;   // "CV_8UC3"
  std::string tile;     // "20x13"
  std::uint64_t seed = 0;
};

struct Finding {
  CaseText where;
  std::string what;
};

// "seed 3: box-blur:radius=2 on 150x13 CV_8UC3, tiles of 20x13"
std::string to_text(const CaseText& where);

}  // namespace tilework::conformance
