// A job that lasts long enough for something to happen to its cluster.
#pragma once

#include <atomic>
#include <future>
#include <string>

#include "client/session/session.h"
#include "schema/transport/endpoint.h"
#include "tests/integration/cluster.h"

namespace tilework::test {

// A job of many slow tiles, and the moment when some of them are done.
class SlowJob {
 public:
  explicit SlowJob(Cluster& cluster, const client::SessionOptions& options = {})
      : SlowJob(cluster.folder(), cluster.masters(), options) {}
  SlowJob(const TempDir& folder, const std::string& masters, const client::SessionOptions& options = {})
      : session_(transport::parse_endpoints(masters), options), output_(folder.file("slow.png")) {
    const std::string photo = folder.file("slow.jpg");
    write_photo(photo, {1000, 800});
    run_reference(photo, folder.file("slow-reference.png"), {{"invert", {}}});
    reference_ = bytes_of_file(folder.file("slow-reference.png"));
    client::JobSpec spec;
    spec.input = photo;
    spec.output = output_;
    spec.name = "slow.jpg";
    spec.recipe = {{"test-slow", {}}};
    spec.format = "png";
    spec.tile_width = spec.tile_height = 100;
    id_ = spec.id;
    client::JobObserver observer;
    observer.progressed = [this](const JobProgress& progress) {
      if (progress.segments_done >= 8 && !told_.exchange(true)) under_way_.set_value();
    };
    outcome_ = session_.apply(spec, observer);
  }

  void wait_until_under_way() { under_way_.get_future().wait(); }
  client::JobOutcome outcome() { return outcome_.get(); }
  void cancel() { session_.cancel(id_); }
  bool is_right() const { return bytes_of_file(output_) == reference_; }

 private:
  std::atomic<bool> told_ = false;
  std::promise<void> under_way_;
  client::Session session_;
  std::string output_;
  std::string reference_;
  std::string id_;
  std::future<client::JobOutcome> outcome_;
};

}  // namespace tilework::test
