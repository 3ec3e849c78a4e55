// Some rectangles of what a recipe makes of an open image, at one of its levels: the segments that they need
// and no others. On the event loop's thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <kj/async.h>
#include <opencv2/core.hpp>

#include "schema/wire/stage.h"
#include "server/engine/findings.h"
#include "server/master/dispatch/dispatcher.h"
#include "server/master/previews/open_image.h"

namespace tilework::master {

class Render final : public SegmentSource, private kj::TaskSet::ErrorHandler {
 public:
  struct Request {
    int level = 0;
    wire::Stage stage;  // its pass is the last
    std::vector<std::string> filters;
    std::uint64_t client = 0;
    std::vector<cv::Rect> tiles;  // inside the level
  };
  // Takes a tile; the answer's memory is let go when the promise answers.
  using Take = std::function<kj::Promise<void>(cv::Rect tile, const cv::Mat& pixels)>;

  // All references outlive the render.
  Render(Dispatcher& dispatcher, OpenImage& image, Request request, Take take);
  ~Render() noexcept(false) override;

  // Answers when all was taken. Fails with tilework::Error in KJ's clothes. Dropping the promise and the
  // render ends the work. Called once.
  kj::Promise<void> run();

  // What detectors found in the tiles, once all were taken.
  std::vector<Finding> take_findings() { return found_.take(); }

 private:
  void write_stage(rpc::Stage::Builder to) const override;
  cv::Size image() const override { return request_.stage.plan.image; }
  cv::Rect tile_of(std::uint64_t segment) const override;
  SegmentPixels pixels_of(std::uint64_t segment) const override;
  std::optional<PixelFormat> output() const override;
  void accept(std::uint64_t segment, kj::Array<SegmentAnswer> answers) override;
  void fail(const std::string& reason) override;

  kj::Promise<void> read(std::uint64_t segment);
  void taskFailed(kj::Exception&& error) override;

  Dispatcher& dispatcher_;
  OpenImage& image_;
  Request request_;
  Take take_;
  std::uint64_t id_ = 0;
  std::vector<OpenImage::Pixels> segments_;
  std::size_t missing_;
  engine::FindingList found_;
  kj::Own<kj::PromiseFulfiller<void>> finished_;
  kj::TaskSet tasks_;
};

// Cuts the regions into tiles as wide as they are, for so many slots: each as large as it may be, for a halo
// costs less on large ones, but enough of them to use all slots, and none so large that nothing is seen for
// long.
std::vector<cv::Rect> cut_regions(const std::vector<cv::Rect>& regions, unsigned slots);

}  // namespace tilework::master
