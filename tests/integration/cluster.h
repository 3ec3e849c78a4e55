// A cluster of real processes for a test: a master or several, and workers that a test starts, freezes and
// kills. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "client/session/session.h"
#include "tests/integration/process.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {

// Blocks until another process has done what is waited for. For `patience` at most; then it throws
// std::runtime_error.
void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::seconds patience = std::chrono::seconds(15));

// Blocks likewise until a process has said so on standard error, which may be later than what it did.
void wait_for_log(const Process& process, const std::string& words);

// A program beside the test's own.
std::string program(const std::string& name);

class Cluster {
 public:
  // Its plugins are those of Tilework and the test filters. The masters have a limit of descriptors, unless
  // it is 0; `inside` are words before a master's command, which begin it in surroundings of its own. Throws
  // std::runtime_error when the master doesn't start.
  explicit Cluster(unsigned workers, const std::vector<std::string>& master_options = {},
                   const std::vector<std::string>& worker_options = {}, unsigned master_descriptors = 0,
                   const std::function<std::vector<std::string>(TempDir&)>& inside = {});

  // The first master's.
  const std::string& address() const { return addresses_.front(); }
  // All of them, as clients and workers take them.
  std::string masters() const;
  Process& master(std::size_t index = 0) { return masters_.at(index); }
  // Another master, known to the workers and clients that start after it.
  Process& start_master();
  Process& worker(std::size_t index) { return workers_.at(index); }
  std::size_t workers() const { return workers_.size(); }  // that were started
  // Returns when it has joined every master. Options that are given here count before those of the cluster.
  Process& start_worker(const std::vector<std::string>& options = {});
  // Workers that have joined a master and were not given up.
  std::size_t joined(std::size_t master = 0);
  void wait_for_workers(std::size_t count, std::size_t master = 0);
  // Returns when the workers have done as many segments for the first master.
  void wait_for_segments(std::uint64_t count);

  // The command line, against the first master.
  Finished tilework(std::vector<std::string> arguments);
  // The administrator's tool, against the first master and with its token.
  Finished admin(std::vector<std::string> arguments);
  std::vector<std::string> admin_command(std::vector<std::string> arguments) const;
  std::string token_file() { return folder_.file("state/admin-token"); }
  client::Session session() const;  // with all masters

  TempDir& folder() { return folder_; }

 private:
  TempDir folder_;
  std::vector<std::string> inside_;
  std::vector<std::string> master_options_;
  std::vector<std::string> worker_options_;
  unsigned master_descriptors_;
  std::vector<std::string> addresses_;
  std::deque<Process> masters_;
  std::deque<Process> workers_;
  int logs_ = 0;
};

// Two masters, and two workers that serve both.
class TwoMasters : public Cluster {
 public:
  TwoMasters();

  // Their addresses.
  std::string first;
  std::string second;
};

// What the whole image gives in one piece, in this process: decoded, filtered, encoded, without a cluster.
// Written to `output`; the format follows the extension.
void run_reference(const std::string& input, const std::string& output, const Recipe& recipe);

// A made photo; the file format follows the extension.
void write_photo(const std::string& path, cv::Size size, unsigned seed = 1,
                 PixelFormat format = {Depth::u8, 3});

std::string bytes_of_file(const std::string& path);

// Where two files differ, in words; empty when they are the same byte for byte.
std::string difference_of_files(const std::string& a, const std::string& b);

}  // namespace tilework::test
