#include "server/master/previews/preview.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/finding.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "server/engine/reduction.h"
#include "server/master/jobs/planning.h"
#include "server/master/previews/kept_stats.h"
#include "server/master/previews/render.h"

namespace tilework::master {
namespace {

using transport::method;

constexpr unsigned most_regions = 4096;
constexpr unsigned strips = 16;               // that a view is cut into while its image is being decoded
constexpr std::size_t piece_limit = 4 << 20;  // bytes of a message with pixels

// One call of render().
struct Rendering {
  int level = 0;
  BoundRecipe recipe;                      // its values are those of the level
  std::vector<wire::BoundCall> full_size;  // the same calls with the values of full size
  std::vector<cv::Rect> regions;
  rpc::PieceSink::Client sink;
  bool exact_stats = false;
  bool provisional = false;  // is asked for, and then whether the pixels are
  bool detects = false;
  std::vector<StatsMemory::Held> stats_memory{};  // for those of the stage
  wire::Stage stage{};
  std::vector<std::uint32_t> reduced_stats{};  // places of filters
  kj::Own<Pass> analysis{};
  kj::Own<Render> render{};
};

class PreviewServer final : public rpc::Preview::Server {
 public:
  PreviewServer(JobServices& state, std::uint64_t client, kj::Own<OpenImage> image)
      : state_(state),
        owner_(client),
        image_(kj::mv(image)),
        client_(++state.last_client),
        analyst_(++state.last_client),
        stats_(state.kept_stats) {}

 protected:
  kj::Promise<void> render(RenderContext context) override {
    context.allowCancellation();
    return method([&] {
      auto made = kj::heap<Rendering>(checked(context.getParams()));
      auto& rendering = *made;
      const auto started = state_.environment.timer.now();
      return compute(rendering)
          .then([this, &rendering, context, started]() mutable {
            auto result = context.getResults().initResult();
            const auto approximate = approximate_filters(rendering);
            result.setApproximate(kj::arrayPtr(approximate.data(), approximate.size()));
            result.setReducedStats(
                kj::arrayPtr(rendering.reduced_stats.data(), rendering.reduced_stats.size()));
            result.setProvisional(rendering.provisional);
            if (rendering.detects && rendering.render) {
              const auto found = rendering.render->take_findings();
              wire::write_list(result.initFindings(static_cast<unsigned>(found.size())), found);
            }
            result.setMicroseconds(
                static_cast<std::uint64_t>((state_.environment.timer.now() - started) / kj::MICROSECONDS));
          })
          .attach(kj::mv(made));
    });
  }

 private:
  Rendering checked(RenderParams::Reader params) const {
    const auto request = params.getRequest();
    const auto& pyramid = image_->pyramid();
    if (request.getLevel() >= static_cast<unsigned>(pyramid.levels())) {
      throw UserError("the image has no level " + std::to_string(request.getLevel()));
    }
    Rendering rendering{static_cast<int>(request.getLevel()), {}, {}, {}, params.getSink()};
    rendering.exact_stats = request.getExactStats();
    rendering.provisional = request.getProvisional();
    rendering.detects = request.getDetects();
    if (rendering.detects && rendering.level > 0)
      throw UserError("what detectors find is told of the image at full size alone");
    const auto recipe = wire::read(request.getRecipe());
    check_length(recipe, state_.options.limits.recipe_filters);
    rendering.recipe = state_.plugins.bind(recipe);
    rendering.full_size = rendering.recipe.calls;
    for (std::size_t i = 0; i < rendering.recipe.calls.size(); ++i) {
      auto& values = rendering.recipe.calls[i].values;
      values = engine::reduced_values(rendering.recipe.description(i), values, rendering.level);
    }
    const cv::Rect whole({0, 0}, pyramid.size(rendering.level));
    if (request.getRegions().size() > most_regions) throw UserError("a preview has too many regions");
    for (const auto region : request.getRegions()) {
      const cv::Rect rect = wire::read(region);
      if (rect.empty() || (rect & whole) != rect)
        throw UserError("a preview's region lies outside the image");
      rendering.regions.push_back(rect);
    }
    return rendering;
  }

  kj::Promise<void> compute(Rendering& rendering) {
    if (std::exchange(rendering.provisional, false) && rendering.recipe.calls.empty() &&
        !is_decoded(rendering.level)) {
      return send_overview(rendering);
    }
    if (rendering.recipe.calls.empty()) return send_image(rendering, 0);
    return take_exact_stats(rendering)
        .then([this, &rendering] { return plan(rendering); })
        .then([this, &rendering] { return analyse(rendering, 0); })
        .then([this, &rendering] { return apply(rendering); });
  }

  // If they are asked for: what a rendering at full size would find out.
  kj::Promise<void> take_exact_stats(Rendering& rendering) {
    if (!rendering.exact_stats || rendering.level == 0) return kj::READY_NOW;
    auto full_size = kj::heap<Rendering>(
        Rendering{0, {rendering.full_size, rendering.recipe.plugins}, rendering.full_size, {}, nullptr});
    auto& full = *full_size;
    return plan(full)
        .then([this, &full] { return analyse(full, 0); })
        .then([&rendering, &full] {
          rendering.stats_memory = std::move(full.stats_memory);
          rendering.stage.stats = std::move(full.stage.stats);
        })
        .attach(kj::mv(full_size));
  }

  kj::Promise<void> plan(Rendering& rendering) {
    return describe_steps(planning(), rendering.recipe, image_->info().format)
        .then([this, &rendering](std::vector<engine::Step>&& steps) {
          const cv::Size size = image_->pyramid().size(rendering.level);
          const cv::Size tile = engine::default_tile(size, steps);
          auto& stage = rendering.stage;
          stage.plan = engine::make_plan(size, image_->info().format, std::move(steps), tile);
          stage.calls = rendering.recipe.calls;
          stage.detects = rendering.detects;
          stage.tenant = "preview:" + std::to_string(client_);
          method([&] { check_segments(stage.plan); });
        });
  }

  // All passes but the last, from this one on.
  kj::Promise<void> analyse(Rendering& rendering, std::size_t index) {
    auto& stage = rendering.stage;
    stage.pass = index;
    const auto& pass = stage.plan.passes[index];
    if (!pass.analyses) return kj::READY_NOW;
    if (index < stage.stats.size()) return analyse(rendering, index + 1);
    const std::size_t calls = pass.applied + 1;
    const auto key = key_of_stats(rendering.level, std::span(stage.calls).first(calls));
    auto known = stats_.find(key_of_stats(0, std::span(rendering.full_size).first(calls)));
    if (known == nullptr && rendering.level > 0) {
      rendering.reduced_stats.push_back(static_cast<std::uint32_t>(pass.applied));
      known = stats_.find(key);
    }
    if (known != nullptr) {
      method([&] { take(rendering, *known); });
      return analyse(rendering, index + 1);
    }
    auto run = [this, &rendering](Pass::Output output) { return run_analysis(rendering, std::move(output)); };
    return image_->has_rows(rendering.level, stage.plan.image.height)
        .then([this, &rendering, run = std::move(run)] {
          return merged_stats(planning(), rendering.recipe, rendering.stage, run);
        })
        .then([this, &rendering, index, key](std::vector<std::byte>&& stats) {
          rendering.analysis = nullptr;
          stats_.keep(key, stats);
          method([&] { take(rendering, std::move(stats)); });
          return analyse(rendering, index + 1);
        });
  }

  void take(Rendering& rendering, std::vector<std::byte> stats) {
    auto& taken = rendering.stage.stats;
    auto& memory = state_.environment.stats_memory;
    rendering.stats_memory.push_back(memory.take(owner_, taken, stats.size()));
    taken.push_back(std::move(stats));
  }

  kj::Promise<void> run_analysis(Rendering& rendering, Pass::Output output) {
    auto read = [pyramid = image_->shared_pyramid(), level = rendering.level,
                 next = std::make_shared<int>(0)](cv::Mat& rows) {
      pyramid->read(level, {0, *next, rows.cols, rows.rows}, rows);
      *next += rows.rows;
    };
    rendering.analysis = kj::heap<Pass>(state_.dispatcher, state_.environment.bands, image_->reader(),
                                        std::move(read), rendering.stage, scheduled_names(rendering.recipe),
                                        analyst_, state_.options.bytes_in_flight, std::move(output), [] {});
    return rendering.analysis->run();
  }

  kj::Promise<void> apply(Rendering& rendering) {
    auto take = [&rendering](cv::Rect tile, const cv::Mat& pixels) {
      return send_piece(rendering.sink, tile, pixels);
    };
    const unsigned parts = is_decoded(rendering.level) ? state_.dispatcher.slots() : strips;
    rendering.render =
        kj::heap<Render>(state_.dispatcher, *image_,
                         Render::Request{rendering.level, rendering.stage, scheduled_names(rendering.recipe),
                                         client_, cut_regions(rendering.regions, parts)},
                         take);
    return rendering.render->run();
  }

  // What is about the image, if that can be had sooner than the image itself.
  kj::Promise<void> send_overview(Rendering& rendering) {
    return image_->overview(rendering.level).then([this, &rendering](cv::Mat&& picture) {
      if (picture.empty()) return send_image(rendering, 0);
      rendering.provisional = true;
      kj::Vector<kj::Promise<void>> sent;
      for (const cv::Rect& region : rendering.regions)
        sent.add(send_piece(rendering.sink, region, picture(region)));
      return kj::joinPromises(sent.releaseAsArray());
    });
  }

  // The image itself, region after region.
  kj::Promise<void> send_image(Rendering& rendering, std::size_t index) {
    if (index == 0) {
      rendering.regions = cut_regions(rendering.regions, is_decoded(rendering.level) ? 1 : strips);
    }
    if (index == rendering.regions.size()) return kj::READY_NOW;
    const cv::Rect region = rendering.regions[index];
    return image_->has_rows(rendering.level, region.y + region.height)
        .then([this, &rendering, region] { return image_->read(rendering.level, region); })
        .then([this, &rendering, region, index](OpenImage::Pixels&& pixels) {
          return send_piece(rendering.sink, region, pixels.pixels).then([this, &rendering, index] {
            return send_image(rendering, index + 1);
          });
        });
  }

  // Otherwise what has come is shown while the rest is waited for.
  bool is_decoded(int level) const {
    const auto& pyramid = image_->pyramid();
    return pyramid.rows(level) == pyramid.size(level).height;
  }

  // In messages of a few megabytes, each of whole rows.
  static kj::Promise<void> send_piece(rpc::PieceSink::Client& sink, cv::Rect place, const cv::Mat& pixels) {
    const std::size_t row = static_cast<std::size_t>(place.width) * pixels.elemSize();
    const int rows = std::clamp(static_cast<int>(piece_limit / row), 1, place.height);
    kj::Vector<kj::Promise<void>> sent;
    for (int y = 0; y < place.height; y += rows) {
      const int count = std::min(rows, place.height - y);
      const std::size_t bytes = row * static_cast<std::size_t>(count);
      auto request = sink.pieceRequest(capnp::MessageSize{bytes / sizeof(capnp::word) + 64, 0});
      wire::write(request.initPlace(), {place.x, place.y + y, place.width, count});
      wire::write(request.initFormat(), PixelFormat::of(pixels));
      auto data = request.initPixels(static_cast<unsigned>(bytes));
      cv::Mat target(count, place.width, pixels.type(), data.begin());
      pixels.rowRange(y, y + count).copyTo(target);
      sent.add(request.send());
    }
    return kj::joinPromises(sent.releaseAsArray());
  }

  static std::vector<std::uint32_t> approximate_filters(const Rendering& rendering) {
    std::vector<std::uint32_t> places;
    for (std::size_t i = 0; i < rendering.recipe.calls.size(); ++i) {
      if (engine::is_approximate(rendering.recipe.description(i), rendering.full_size[i].values,
                                 rendering.stage.plan.steps[i].halo, rendering.level)) {
        places.push_back(static_cast<std::uint32_t>(i));
      }
    }
    return places;
  }

  static std::string key_of_stats(int level, std::span<const wire::BoundCall> calls) {
    return std::to_string(level) + ' ' + key_of(calls);
  }

  Planning planning() const { return state_.environment.planning(); }

  JobServices& state_;
  std::uint64_t owner_;
  kj::Own<OpenImage> image_;
  // For the scheduler: a view has its own share of the workers, which its stats don't take from it.
  std::uint64_t client_;
  std::uint64_t analyst_;
  KeptStats stats_;  // by level and calls
};

}  // namespace

rpc::Preview::Client make_preview(JobServices& state, std::uint64_t client, kj::Own<OpenImage> image) {
  return kj::heap<PreviewServer>(state, client, kj::mv(image));
}

}  // namespace tilework::master
