#include "tools/cli/cluster.h"

#include <cmath>
#include <cstdlib>

namespace tilework::cli {
namespace {

using transport::Endpoint;

std::vector<Endpoint> named_masters(const CommonOptions& options) {
  const char* variable = std::getenv("TILEWORK_MASTER");
  const std::string text = !options.masters.empty() || variable == nullptr ? options.masters : variable;
  return text.empty() ? std::vector<Endpoint>() : transport::parse_endpoints(text);
}

}  // namespace

Cluster::Cluster(const CommonOptions& options, const std::stop_token& stop) {
  auto masters = named_masters(options);
  if (masters.empty()) {
    const auto begin = std::chrono::steady_clock::now();
    client::LocalClusterOptions local;
    local.show_log = options.verbose;
    local_.emplace(local, stop);
    start_time_ =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    masters.push_back(local_->endpoint());
  }
  client::SessionOptions session;
  session.patience = std::chrono::milliseconds(std::llround(options.patience_seconds * 1000));
  session_.emplace(std::move(masters), session);
  on_stop_.emplace(stop, CancelAll{*session_});
}

}  // namespace tilework::cli
