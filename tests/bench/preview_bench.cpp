// How long a person who moves a slider waits for the picture: from the call of a render to the last piece of
// it, at a local cluster, through the same session as the desktop client's. Prints a JSON object.
//
//   tilework-bench-preview IMAGE

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/session/local_cluster.h"
#include "client/session/session.h"

namespace {

using namespace tilework;
using Clock = std::chrono::steady_clock;

constexpr int view_width = 1280, view_height = 800;  // pixels of the screen
constexpr int changes = 200;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

RenderOutcome render(client::Session& session, std::uint64_t picture, const Recipe& recipe, int level,
                     const Region& region) {
  std::promise<RenderOutcome> done;
  std::int64_t pixels = 0;  // touched on the session's thread alone
  session.render(picture, {recipe, level, {region}},
                 {[&](const Piece& piece) { pixels += std::int64_t{piece.place.width} * piece.place.height; },
                  [&](const RenderOutcome& outcome) {
                    if (pixels != std::int64_t{region.width} * region.height) {
                      done.set_exception(std::make_exception_ptr(Error(Fault::failed, "pixels are missing")));
                    } else {
                      done.set_value(outcome);
                    }
                  },
                  [&](const Error& error) { done.set_exception(std::make_exception_ptr(error)); }});
  return done.get_future().get();
}

nlohmann::json drag(client::Session& session, std::uint64_t picture, int level, const Region& region) {
  std::vector<double> times;
  for (int i = 0; i < changes; ++i) {
    const Recipe recipe{{"gaussian-blur", {{"size", 21.0 + 2 * (i % 11)}}}};  // 31 in the mean
    const auto begin = Clock::now();
    render(session, picture, recipe, level, region);
    if (i >= changes / 10) times.push_back(milliseconds_since(begin));  // the first ones warm up
  }
  std::ranges::sort(times);
  return {{"median_ms", times[times.size() / 2]}, {"p99_ms", times[times.size() * 99 / 100]}};
}

// The level that a view shows as a whole: at least as fine as the screen.
int fit_level(const Picture& picture) {
  int level = 0;
  while (level + 1 < picture.levels && picture.width_at(level + 1) >= view_width * 4 / 5 &&
         picture.height_at(level + 1) >= view_height * 4 / 5) {
    ++level;
  }
  return level;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw UserError("usage: tilework-bench-preview IMAGE");
  client::LocalCluster cluster;
  client::Session session({cluster.endpoint()});
  session.filters().get();

  std::promise<Picture> opened;
  const auto begin = Clock::now();
  const auto number = session.open_picture(
      argv[1], argv[1],
      {[&](const Picture& picture) { opened.set_value(picture); },
       [&](const Error& error) { opened.set_exception(std::make_exception_ptr(error)); }});
  const Picture picture = opened.get_future().get();
  const double header = milliseconds_since(begin);
  const int fit = fit_level(picture);
  const Region all{0, 0, picture.width_at(fit), picture.height_at(fit)};
  render(session, number, {}, fit, all);
  const double first = milliseconds_since(begin);

  const Region view{picture.width / 3, picture.height / 3, std::min(view_width, picture.width / 2),
                    std::min(view_height, picture.height / 2)};
  const nlohmann::json result{{"width", picture.width},
                              {"height", picture.height},
                              {"opened_ms", header},
                              {"first_picture_ms", first},
                              {"fit_level", fit},
                              {"fit", drag(session, number, fit, all)},
                              {"full_size", drag(session, number, 0, view)}};
  std::cout << result.dump(2) << "\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << "tilework-bench-preview: " << error.what() << "\n";
  return 1;
}
