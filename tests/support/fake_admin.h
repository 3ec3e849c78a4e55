// What a fake master offers to administrators: canned lists, and a note of each action.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schema/admin.capnp.h"
#include "schema/model/admin.h"
#include "schema/model/error.h"

namespace tilework::test {

struct FakeAdmin {
  std::string token;  // another one is denied at once
  MasterOverview overview;
  WorkerList workers;
  PluginList plugins;
  std::vector<JobSummary> jobs;
  std::vector<ClientDetails> clients;
  std::vector<LogLine> log;      // a call that has seen them all waits for ever
  std::optional<Error> refusal;  // of every action
  bool is_frozen = false;        // answers no call
};

// `note` is told of each action, as in "drain worker-1" and "install blur.so, 120 bytes". Both arguments
// outlive the capability.
rpc::Admin::Client make_fake_admin(const FakeAdmin& behaviour, std::function<void(std::string)> note);

}  // namespace tilework::test
