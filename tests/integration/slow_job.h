// A job that lasts long enough for something to happen to its cluster.
#pragma once

#include <atomic>
#include <future>
#include <string>

#include "client/session/session.h"
#include "tests/integration/cluster.h"

namespace tilework::test {

// A job of many slow tiles, and the moment when some of them are done.
class SlowJob {
 public:
  explicit SlowJob(Cluster& cluster, const std::string& filter = "test-slow")
      : session_(cluster.session()), output_(cluster.folder().file("slow.png")) {
    const std::string photo = cluster.folder().file("slow.jpg");
    write_photo(photo, {1000, 800});
    run_reference(photo, cluster.folder().file("slow-reference.png"), {{"invert", {}}});
    reference_ = bytes_of_file(cluster.folder().file("slow-reference.png"));
    client::JobSpec spec;
    spec.input = photo;
    spec.output = output_;
    spec.name = "slow.jpg";
    spec.recipe = {{filter, {}}};
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
