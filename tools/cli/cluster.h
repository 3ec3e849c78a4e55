// The cluster that a command works with: the masters that were named, or a private one.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "client/session/local_cluster.h"
#include "client/session/session.h"

namespace tilework::cli {

// What all commands have in common.
struct CommonOptions {
  std::string masters;           // HOST:PORT,...; empty: $TILEWORK_MASTER, and without that a private cluster
  double patience_seconds = 30;  // for a master that answers, after one was lost
  bool verbose = false;
  bool quiet = false;
  bool json = false;
};

class Cluster {
 public:
  // Starts the private cluster, if it takes one. A request to stop cancels that and all that the session
  // does. Throws tilework::Error.
  Cluster(const CommonOptions& options, const std::stop_token& stop);

  client::Session& session() { return *session_; }
  bool is_private() const { return local_.has_value(); }
  std::chrono::microseconds start_time() const { return start_time_; }  // 0 if it is not private

 private:
  struct CancelAll {
    client::Session& session;
    void operator()() const { session.cancel_all(); }
  };

  std::optional<client::LocalCluster> local_;
  std::chrono::microseconds start_time_{0};
  std::optional<client::Session> session_;
  std::optional<std::stop_callback<CancelAll>> on_stop_;
};

}  // namespace tilework::cli
