// Canny's hysteresis keeps a weak edge when it hangs together with a strong one, however far away: the only
// step that a tile cannot decide alone. So each block of the image tells which of its weak edges touch its
// border and where, and finish() follows them from block to block.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>
#include <tilework/vectors.h>

#include "edge_blocks.h"

namespace {

using namespace edge_blocks;

// The gradients of a segment, of the gray image or of the channel where they are largest, and its edges:
// where a gradient above the low threshold is the largest along its direction.
struct Gradients {
  cv::Mat1s dx;
  cv::Mat1s dy;
  cv::Mat1b edges;
};

// As cv::Canny measures it.
int magnitude(int dx, int dy, bool l2) {
  return l2 ? dx * dx + dy * dy : std::abs(dx) + std::abs(dy);
}

// Takes the other channel's gradients where they are larger, as cv::Canny does, pixel by pixel and in most of
// its time. Magnitudes of u8 pixels fit into 16 bit: at most 2 * 12240, for an aperture of 5.
void take_larger(const cv::Mat1s& other_dx, const cv::Mat1s& other_dy, bool l2, cv::Mat1s dx, cv::Mat1s dy) {
  constexpr int lanes = cv::v_int16x8::nlanes;
  for (int y = 0; y < dx.rows; ++y) {
    const std::int16_t *from_dx = other_dx[y], *from_dy = other_dy[y];
    std::int16_t *to_dx = dx[y], *to_dy = dy[y];
    int x = 0;
    for (; !l2 && x + lanes <= dx.cols; x += lanes) {
      const auto a = cv::v_load(from_dx + x), b = cv::v_load(from_dy + x);
      const auto c = cv::v_load(to_dx + x), d = cv::v_load(to_dy + x);
      const auto is_larger = cv::v_reinterpret_as_s16(cv::v_abs(a) + cv::v_abs(b)) >
                             cv::v_reinterpret_as_s16(cv::v_abs(c) + cv::v_abs(d));
      cv::v_store(to_dx + x, cv::v_select(is_larger, a, c));
      cv::v_store(to_dy + x, cv::v_select(is_larger, b, d));
    }
    for (; x < dx.cols; ++x) {
      if (magnitude(from_dx[x], from_dy[x], l2) <= magnitude(to_dx[x], to_dy[x], l2)) continue;
      to_dx[x] = from_dx[x];
      to_dy[x] = from_dy[x];
    }
  }
}

// The blocks that have pixels in the tile, and where they lie in the segment.
std::vector<std::pair<BlockIndex, cv::Rect>> blocks_of(const tilework::Place& place) {
  std::vector<std::pair<BlockIndex, cv::Rect>> list;
  const cv::Point last = place.tile.br() - cv::Point(1, 1);
  for (int row = place.tile.y / block_size; row <= last.y / block_size; ++row) {
    for (int column = place.tile.x / block_size; column <= last.x / block_size; ++column) {
      const BlockIndex index{row, column};
      list.emplace_back(index, index.pixels(place.image) - place.segment.tl());
    }
  }
  return list;
}

// Calls `enter(pixel)` for an edge's pixels that hang together within the block, from one of them on; `edges`
// is the block's. It answers whether the pixel is a new one.
template <class Enter>
void follow(const cv::Mat& edges, cv::Point start, std::vector<cv::Point>& to_visit, Enter enter) {
  if (!enter(start)) return;
  to_visit.assign(1, start);
  while (!to_visit.empty()) {
    const cv::Point at = to_visit.back();
    to_visit.pop_back();
    const int bottom = std::min(at.y + 1, edges.rows - 1), right = std::min(at.x + 1, edges.cols - 1);
    for (int y = std::max(at.y - 1, 0); y <= bottom; ++y) {
      const auto* row = edges.ptr<std::uint8_t>(y);
      for (int x = std::max(at.x - 1, 0); x <= right; ++x) {
        if (row[x] != 0 && enter({x, y})) to_visit.emplace_back(x, y);
      }
    }
  }
}

// Calls `visit(pixel)` for all edges' pixels of a block. There are few, so eight are looked at together.
template <class Visit>
void for_each_edge_pixel(const cv::Mat& edges, Visit visit) {
  for (int y = 0; y < edges.rows; ++y) {
    const auto* row = edges.ptr<std::uint8_t>(y);
    for (int x = 0; x < edges.cols;) {
      std::uint64_t eight = 1;
      if (x + 8 <= edges.cols) std::memcpy(&eight, row + x, sizeof(eight));
      if (eight == 0) {
        x += 8;
        continue;
      }
      if (row[x] != 0) visit(cv::Point(x, y));
      ++x;
    }
  }
}

// What the block's neighbours must know. `is_strong(pixel)` tells of an edge's pixel in the block.
template <class IsStrong>
Block summary_of(const cv::Mat& edges, IsStrong is_strong) {
  Block block;
  std::vector<cv::Point> to_visit;
  cv::Mat1w numbers(edges.size(), std::uint16_t{0});  // of edges that touch the border, from 1 on
  const auto touch = [&](int x, int y) {
    if (edges.at<std::uint8_t>(y, x) == 0) return;
    if (numbers(y, x) == 0) {
      block.strong.push_back(0);
      const auto number = static_cast<std::uint16_t>(block.strong.size());
      follow(edges, {x, y}, to_visit, [&](cv::Point pixel) {
        if (numbers(pixel) != 0) return false;
        numbers(pixel) = number;
        if (block.strong.back() == 0) block.strong.back() = is_strong(pixel);
        return true;
      });
    }
    block.touches.push_back({static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y),
                             static_cast<std::uint16_t>(numbers(y, x) - 1)});
  };
  for (int y = 0; y < edges.rows; ++y) {
    const bool whole_row = y == 0 || y == block_size - 1;
    for (int x = 0; x < edges.cols; x += whole_row ? 1 : block_size - 1) touch(x, y);
  }
  return block;
}

}  // namespace

struct Canny {
  static constexpr tilework::About about{
      .name = "canny",
      .version = "2.0.0",  // 1 always looked at colour
      .label = "Canny edges",
      .group = "Edges",
      .help = "Finds edges: strong ones, and weak ones that hang together with them."};

  enum class On { gray, colour };

  double low = 100;
  double high = 200;
  int aperture = 3;
  bool l2 = false;
  On on = On::gray;

  static auto parameters() {
    return tilework::parameters(
        tilework::real("low", &Canny::low)
            .label("Low threshold")
            .range(0, 32767)
            .soft_range(0, 500)
            .help("Gradients above it belong to an edge when they hang together with a strong one."),
        tilework::real("high", &Canny::high)
            .label("High threshold")
            .range(0, 32767)
            .soft_range(0, 1000)
            .help("Gradients above it are strong: they belong to an edge by themselves."),
        tilework::odd("aperture", &Canny::aperture)
            .label("Aperture")
            .range(3, 7)
            .help("Size of the Sobel kernel; the thresholds grow with it."),
        tilework::boolean("l2", &Canny::l2)
            .label("Euclidean gradient")
            .help("Measures a gradient by its length, not by the sum of its parts."),
        tilework::choice("on", &Canny::on, {"gray", "colour"})
            .label("Look at")
            .help("Where edges are looked for: in the gray image, or in each pixel's strongest channel."));
  }

  struct Stats {
    Blocks blocks;   // until finish()
    KeptEdges kept;  // from then on

    void write(tilework::Writer& writer) const;
    static Stats read(tilework::Reader& reader);
  };

  // Sobel's, and one for the comparison along the gradient.
  tilework::Halo halo() const { return tilework::Halo::all(aperture / 2 + 1).aligned(block_size); }
  tilework::PixelFormat output(tilework::PixelFormat in) const { return {in.depth, 1}; }

  void analyse(const cv::Mat& in, const tilework::Place& place, Stats& stats) const {
    const Gradients gradients = gradients_of(in);
    for (const auto& [index, rect] : blocks_of(place)) {
      Block block =
          summary_of(gradients.edges(rect), [&, corner = rect.tl()](cv::Point pixel) -> std::uint8_t {
            return is_strong(gradients, corner + pixel);
          });
      if (!block.touches.empty()) stats.blocks.emplace(index, std::move(block));
    }
  }

  // A block that two tiles share says the same in both.
  void merge(Stats& into, const Stats& from) const {
    into.blocks.insert(from.blocks.begin(), from.blocks.end());
  }

  void finish(Stats& stats) const {
    stats.kept = kept_from_outside(stats.blocks);
    stats.blocks.clear();
  }

  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out, const tilework::Place& place) const {
    const Gradients gradients = gradients_of(in);
    cv::Mat1b kept(in.size(), std::uint8_t{0});
    std::vector<cv::Point> to_visit;
    for (const auto& [index, rect] : blocks_of(place)) {
      const cv::Mat edges = gradients.edges(rect);
      cv::Mat1b block = kept(rect);
      const auto keep = [&](cv::Point start) {
        follow(edges, start, to_visit,
               [&](cv::Point pixel) { return std::exchange(block(pixel), std::uint8_t{255}) == 0; });
      };
      for_each_edge_pixel(edges, [&, corner = rect.tl()](cv::Point pixel) {
        if (block(pixel) == 0 && is_strong(gradients, corner + pixel)) keep(pixel);
      });
      if (const auto found = stats.kept.find(index); found != stats.kept.end()) {
        for (const Touch& touch : found->second) keep({touch.x, touch.y});
      }
    }
    kept.convertTo(out, in.depth(), 1 / to_eight_bits(in));
  }

 private:
  static constexpr int strip = 32;  // rows

  // cv::Canny takes the thresholds in any order, and scales Sobel's sums of 7x7 down so that they fit into 16
  // bit.
  double scale() const { return aperture == 7 ? 1.0 / 16 : 1.0; }
  double lower() const { return std::min(low, high) * scale(); }
  double upper() const { return std::max(low, high) * scale(); }

  static double to_eight_bits(const cv::Mat& pixels) {
    return 255 / tilework::white_of(tilework::depth_from_cv(pixels.depth()));
  }

  // cv::Canny knows 8 bit alone. Gray comes first, so that it is what the filter grayscale makes of the
  // image.
  void see(const cv::Mat& in, cv::Mat& seen) const {
    cv::Mat pixels = in;
    if (on == On::gray && in.channels() == 3) tilework::to_gray(in, pixels);
    pixels.convertTo(seen, CV_8U, to_eight_bits(in));
  }

  // With two equal thresholds, nothing is left to hysteresis: cv::Canny gives every edge.
  Gradients gradients_of(const cv::Mat& in) const {
    Gradients g{cv::Mat1s(in.size()), cv::Mat1s(in.size()), {}};
    cv::Mat seen;
    std::vector<cv::Mat> planes;
    cv::Mat1s other_dx(strip, in.cols), other_dy(strip, in.cols);
    // A few rows at a time stay in the processor's cache.
    for (int y = 0; y < in.rows; y += strip) {
      const cv::Range rows(y, std::min(y + strip, in.rows));
      const cv::Range around(std::max(rows.start - aperture / 2, 0),
                             std::min(rows.end + aperture / 2, in.rows));
      const cv::Mat1s dx = g.dx.rowRange(rows), dy = g.dy.rowRange(rows);
      see(in.rowRange(around), seen);
      cv::split(seen, planes);
      for (std::size_t c = 0; c < planes.size(); ++c) {
        // Sobel reads the rows around them too.
        const cv::Mat plane = planes[c].rowRange(rows.start - around.start, rows.end - around.start);
        const bool is_first = c == 0;
        const cv::Mat1s to_dx = is_first ? dx : cv::Mat1s(other_dx.rowRange(0, dx.rows));
        const cv::Mat1s to_dy = is_first ? dy : cv::Mat1s(other_dy.rowRange(0, dy.rows));
        sobel(plane, to_dx, to_dy);
        if (!is_first) take_larger(to_dx, to_dy, l2, dx, dy);
      }
    }
    cv::Canny(g.dx, g.dy, g.edges, lower(), lower(), l2);
    return g;
  }

  void sobel(const cv::Mat& in, cv::Mat dx, cv::Mat dy) const {
    cv::Sobel(in, dx, CV_16S, 1, 0, aperture, scale(), 0, cv::BORDER_REPLICATE);
    cv::Sobel(in, dy, CV_16S, 0, 1, aperture, scale(), 0, cv::BORDER_REPLICATE);
  }

  bool is_strong(const Gradients& gradients, cv::Point pixel) const {
    const int threshold = static_cast<int>(std::floor(l2 ? upper() * upper() : upper()));
    return magnitude(gradients.dx(pixel), gradients.dy(pixel), l2) > threshold;
  }
};

void Canny::Stats::write(tilework::Writer& writer) const {
  writer.put<std::uint64_t>(blocks.size());
  for (const auto& [index, block] : blocks) {
    writer.put(index);
    writer.put(block.touches);
    writer.put(block.strong);
  }
  writer.put<std::uint64_t>(kept.size());
  for (const auto& [index, touches] : kept) {
    writer.put(index);
    writer.put(touches);
  }
}

Canny::Stats Canny::Stats::read(tilework::Reader& reader) {
  Stats stats;
  for (auto count = reader.get<std::uint64_t>(); count > 0; --count) {
    Block& block = stats.blocks[reader.get<BlockIndex>()];
    block.touches = reader.get_vector<Touch>();
    block.strong = reader.get_vector<std::uint8_t>();
    for (const Touch& touch : block.touches) {
      if (touch.edge >= block.strong.size()) throw std::out_of_range("stats name an edge that isn't there");
    }
  }
  for (auto count = reader.get<std::uint64_t>(); count > 0; --count) {
    auto& touches = stats.kept[reader.get<BlockIndex>()];
    touches = reader.get_vector<Touch>();
  }
  return stats;
}

TILEWORK_FILTERS(Canny)
