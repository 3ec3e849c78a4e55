#include "tests/hostile/act.h"

#include <iterator>
#include <utility>

namespace tilework::test {

std::vector<Act> all_acts() {
  std::vector<Act> all;
  const auto add = [&](const std::string& kind, std::vector<Act> acts) {
    for (auto& act : acts) {
      act.kind = kind;
      all.push_back(std::move(act));
    }
  };
  add("filter", filter_acts());
  add("library", library_acts());
  add("file", file_acts());
  add("peer", peer_acts());
  add("client", client_acts());
  add("worker", worker_acts());
  return all;
}

}  // namespace tilework::test
