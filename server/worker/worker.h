// A worker: computes segments for every master that it has joined. On the event loop's thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/transport/endpoint.h"
#include "schema/worker.capnp.h"
#include "server/host/host_pool.h"
#include "server/worker/departure.h"
#include "server/worker/master_link.h"
#include "server/worker/plugin_cache.h"
#include "server/worker/stage_runner.h"

namespace tilework::worker {

struct WorkerOptions {
  std::string name;  // for people
  unsigned slots = 1;
  std::vector<transport::Endpoint> masters;
  std::string plugins;      // folder, which may be missing
  std::string state;        // folder where fetched plugins are kept
  std::string join_secret;  // a file with it, for masters elsewhere; empty: the state folder's, if it has one
  host::HostProgram filter_host;
  TimeLimit time_limit;
};

// What the worker does for all its masters together.
class WorkerNode {
 public:
  // The context outlives this object, and this object all that it hands out.
  WorkerNode(kj::AsyncIoContext& io, const WorkerOptions& options);

  // What one master may ask of the worker over one connection. Masters are told apart by number, also after a
  // lost connection.
  rpc::Worker::Client serve(unsigned master, std::shared_ptr<MasterLink> link);

  // Logs what filter hosts have given up and what limits they have. Fails when none can be started.
  kj::Promise<void> report_isolation();

 private:
  class Service;

  kj::Promise<rpc::StageRunner::Client> open(wire::Stage stage, const std::string& tenants,
                                             rpc::PluginSource::Client source,
                                             std::shared_ptr<MasterLink> link);
  void announced(unsigned master, std::set<std::string> digests);
  void tell_of_threads(const std::string& filters);
  kj::Own<void> hold(const std::vector<std::string>& digests);
  // Digests that a job or a master may still need.
  std::set<std::string> wanted() const;
  // Filter hosts with versions that nobody needs any more leave, and fresh ones come.
  void renew_hosts(std::set<std::string> wanted);

  kj::Timer& timer_;
  TimeLimit limit_;
  PluginCache plugins_;
  host::HostPool pool_;
  std::map<unsigned, std::set<std::string>> announced_;  // digests, by master
  std::multiset<std::string> held_;                      // digests of passes that are open
  std::uint64_t links_ = 0;                              // to masters, so far
  std::set<std::string> told_;                           // filters that left threads behind
};

// Joins every master in the options, and joins again whenever the connection is lost. Never answers; dropping
// the promise leaves all masters without a word, and `departure`, which outlives it, with one.
kj::Promise<void> run_worker(kj::AsyncIoContext& io, const WorkerOptions& options, Departure& departure);

}  // namespace tilework::worker
