// What recipes' filters read and return, as filter hosts have said it: the same for the same plugins,
// parameters and pixel format, so that many images with one recipe ask once. On the event loop's thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "schema/wire/stage.h"

namespace tilework::master {

// All that calls depend on, as a text that other calls don't have; the digest stands for the filter's code.
std::string key_of(std::span<const wire::BoundCall> calls);

class StepsCache {
 public:
  std::optional<std::vector<engine::Step>> find(std::span<const wire::BoundCall> calls,
                                                PixelFormat input) const;
  // Forgets others when there are many.
  void add(std::span<const wire::BoundCall> calls, PixelFormat input, std::vector<engine::Step> steps);

 private:
  std::map<std::string, std::vector<engine::Step>> steps_;
};

}  // namespace tilework::master
