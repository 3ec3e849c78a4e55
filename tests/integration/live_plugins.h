// Helpers for tests that change the plugins of a running cluster. One thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <string>

#include "client/session/session.h"
#include "tests/integration/cluster.h"

namespace tilework::test {

// tests/plugins/live/NAME.cpp, built.
std::filesystem::path live_plugin(const std::string& name);
std::filesystem::path plugin_folder(Cluster& cluster);

// The library that adds `number`, 0 to 255, and the file in the cluster's folder that it is put into, in one
// step.
std::string version_bytes(int number);
std::filesystem::path version_file(Cluster& cluster);
void put_version(Cluster& cluster, int number);
void write_bytes(const std::filesystem::path& file, const std::string& bytes);

// Waits until the master offers what is wanted, and returns it.
FilterList wait_for_offer(client::Session& session, const std::function<bool(const FilterList&)>& wanted);
FilterList wait_for_version(client::Session& session);  // for any version of test-version
bool offers(const FilterList& list, const std::string& filter);
// The digest and the file of test-version's plugin; empty if it isn't offered.
std::string digest_of(const FilterList& list);
std::string file_of(const FilterList& list);

// Whether the first master's log says so, and the newest line that does.
bool says(Cluster& cluster, const std::string& text);
std::string line_of(Cluster& cluster, const std::string& text);

// A job of test-version on a black image.
class VersionJob {
 public:
  VersionJob(client::Session& session, Cluster& cluster, const std::string& name, int milliseconds);
  VersionJob(const VersionJob&) = delete;

  void wait_until_under_way() { state_->under_way.get_future().wait(); }
  // Waits for the end, and returns the file of the result.
  std::string outcome();
  // The version that it used, once it has ended.
  std::string digest() const { return result_.result.filters.at(0).digest; }

 private:
  struct State {
    std::atomic<bool> told = false;
    std::promise<void> under_way;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::string output_;
  client::JobOutcome result_;
  std::future<client::JobOutcome> future_;
};

// One that is done at once; the result's file. Throws what the session says.
std::string run_version(client::Session& session, Cluster& cluster);
// The number in every value of such a result. Fails the test when they differ.
int added_by(const std::string& file);

// What the first master, the workers and their filter hosts have of the system, all together.
struct Usage {
  std::size_t processes = 0;
  std::size_t descriptors = 0;  // but for slabs
  std::size_t slabs = 0;        // each counts wherever it is known
  std::size_t libraries = 0;    // plugins that are loaded
};
Usage usage_of(Cluster& cluster);

}  // namespace tilework::test
