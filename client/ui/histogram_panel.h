// The histograms of the input and the result.
#pragma once

#include "client/ui/model.h"

namespace tilework::client {

class HistogramPanel {
 public:
  void draw(const Model& model);

 private:
  bool logarithmic_ = false;
};

}  // namespace tilework::client
