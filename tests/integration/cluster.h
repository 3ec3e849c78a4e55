// A cluster of real processes for a test: one master, and workers that a test starts, freezes and kills. One
// thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "client/session/session.h"
#include "tests/integration/process.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {

// A program beside the test's own.
std::string program(const std::string& name);

class Cluster {
 public:
  // Its plugins are those of Tilework and the test filters. Throws std::runtime_error when the master doesn't
  // start.
  explicit Cluster(unsigned workers, const std::vector<std::string>& master_options = {},
                   const std::vector<std::string>& worker_options = {});

  const std::string& address() const { return address_; }
  Process& master() { return *master_; }
  Process& worker(std::size_t index) { return workers_.at(index); }
  // Returns when it has joined.
  Process& start_worker();
  // Workers that have joined and were not given up.
  std::size_t joined();
  void wait_for_workers(std::size_t count);

  // The command line, against this cluster.
  Finished tilework(std::vector<std::string> arguments);
  client::Session session() const;

  TempDir& folder() { return folder_; }

 private:
  TempDir folder_;
  std::vector<std::string> worker_options_;
  std::string address_;
  std::optional<Process> master_;
  std::deque<Process> workers_;
  int logs_ = 0;
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
