// An administrator's connection to a master: asks what goes on there, and steers it. Headless.
//
// Threads: every member may be called from any thread and returns at once; the work happens on one thread of
// the session's own. Futures fail with tilework::Error: Fault::unreachable, Fault::denied for a wrong token,
// Fault::failed for what the master refuses, Fault::user for what was found wrong on this side.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "schema/model/admin.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

struct AdminOptions {
  std::string token;
  std::chrono::milliseconds connect_timeout{5'000};  // for each master
  std::chrono::milliseconds answer_timeout{10'000};  // of calls that are answered at once
};

// A plugin's file on the master, and its version.
struct PluginVersion {
  std::string file;
  std::string digest;
};

class AdminSession {
 public:
  // Connects when the first call needs it: to the first of `masters` that answers. A call after a lost
  // connection connects again.
  AdminSession(std::vector<transport::Endpoint> masters, AdminOptions options);
  // Cancels what is under way.
  ~AdminSession();
  AdminSession(const AdminSession&) = delete;
  AdminSession& operator=(const AdminSession&) = delete;

  std::future<MasterOverview> overview();
  std::future<WorkerList> workers();
  std::future<PluginList> plugins();
  std::future<std::vector<JobSummary>> jobs();
  std::future<std::vector<ClientDetails>> clients();

  // The newest lines with numbers above `after`, `most` of them at most. Waits for one if there is none.
  std::future<std::vector<LogLine>> logs(std::uint64_t after, std::uint32_t most);

  // How many workers of that name or id there are.
  std::future<std::uint32_t> drain(const std::string& worker, bool draining);
  // The id of the job, of which `job` is the beginning.
  std::future<std::string> cancel(const std::string& job);
  // How the master calls the client, of which `client` is the id or the name.
  std::future<std::string> end_client(const std::string& client);

  // Sends a library; the name that it has on the master. Ready when new jobs can use it.
  std::future<std::string> install(const std::filesystem::path& library);
  // The plugin's file.
  std::future<std::string> withdraw(const std::string& name);
  std::future<PluginVersion> roll_back(const std::string& name);
  // Out of quarantine; the plugin's file.
  std::future<std::string> retry_plugin(const std::string& name);

  // Ends all calls that are under way: their futures fail with Fault::cancelled.
  void cancel_all();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tilework::client
