// The cluster at a glance: masters, workers, and filters with their versions.
#pragma once

#include <string>

#include "client/ui/model.h"

namespace tilework::client {

class ClusterWindow {
 public:
  void draw(const Model& model, Intents& intents);
  void toggle() { open_ = !open_; }
  bool is_open() const { return open_; }

 private:
  void draw_masters(const Model& model, Intents& intents);
  static void draw_workers(const ClusterView& cluster);
  static void draw_filters(const ClusterView& cluster);

  bool open_ = false;
  std::string masters_;
};

}  // namespace tilework::client
