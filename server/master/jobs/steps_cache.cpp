#include "server/master/jobs/steps_cache.h"

#include <utility>

namespace tilework::master {
namespace {

constexpr std::size_t most_recipes = 256;

std::string key_with(std::span<const wire::BoundCall> calls, PixelFormat input) {
  return std::string{static_cast<char>(input.depth), static_cast<char>(input.channels)} + key_of(calls);
}

}  // namespace

std::string key_of(std::span<const wire::BoundCall> calls) {
  std::string key;
  for (const auto& call : calls) {
    key += call.filter + '\0' + call.digest + '\0';
    const auto count = call.values.size();
    key.append(reinterpret_cast<const char*>(&count), sizeof count);
    key.append(reinterpret_cast<const char*>(call.values.data()), count * sizeof call.values[0]);
  }
  return key;
}

std::optional<std::vector<engine::Step>> StepsCache::find(std::span<const wire::BoundCall> calls,
                                                          PixelFormat input) const {
  const auto found = steps_.find(key_with(calls, input));
  if (found == steps_.end()) return std::nullopt;
  return found->second;
}

void StepsCache::add(std::span<const wire::BoundCall> calls, PixelFormat input,
                     std::vector<engine::Step> steps) {
  if (steps_.size() >= most_recipes) steps_.clear();
  steps_[key_with(calls, input)] = std::move(steps);
}

}  // namespace tilework::master
