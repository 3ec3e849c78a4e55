// What tilework-admin lists of a cluster, for tests. One thread.
#pragma once

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {

// The entries of `tilework-admin LIST`; of workers, those that are connected.
inline nlohmann::json listed(Cluster& cluster, const std::string& list) {
  const auto finished = cluster.admin({list, "--json"});
  INFO(finished.errors);
  REQUIRE(finished.code == 0);
  auto document = nlohmann::json::parse(finished.output);
  return list == "workers" ? document.at("workers") : document;
}

}  // namespace tilework::test
