// Canny's hysteresis keeps a weak edge when it hangs together with a strong one, however far away: the only
// step that a tile cannot decide alone. So each block of the image tells which of its weak edges touch its
// border and where, and finish() follows them from block to block.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

#include "edge_blocks.h"

namespace {

using namespace edge_blocks;

// The gradients of a segment, and its edges: where a gradient above the low threshold is the largest along
// its direction.
struct Gradients {
  cv::Mat dx;
  cv::Mat dy;
  cv::Mat edges;
};

// A block's edges told apart.
struct Labels {
  cv::Mat of_pixels;                 // CV_16U, 0 where no edge is
  std::vector<std::uint8_t> strong;  // for each label
};

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

// What the block's neighbours must know.
Block summary_of(const Labels& labels) {
  Block block;
  std::vector<int> number(labels.strong.size(), -1);
  const auto touch = [&](int x, int y) {
    const std::uint16_t label = labels.of_pixels.at<std::uint16_t>(y, x);
    if (label == 0) return;
    if (number[label] < 0) {
      number[label] = static_cast<int>(block.strong.size());
      block.strong.push_back(labels.strong[label]);
    }
    block.touches.push_back({static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y),
                             static_cast<std::uint16_t>(number[label])});
  };
  for (int y = 0; y < labels.of_pixels.rows; ++y) {
    const bool whole_row = y == 0 || y == block_size - 1;
    for (int x = 0; x < labels.of_pixels.cols; x += whole_row ? 1 : block_size - 1) touch(x, y);
  }
  return block;
}

}  // namespace

struct Canny {
  static constexpr tilework::About about{
      .name = "canny",
      .version = "1.0.0",
      .label = "Canny edges",
      .group = "Edges",
      .help = "Finds edges: strong ones, and weak ones that hang together with them."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false};  // as cv::Canny

  double low = 100;
  double high = 200;
  int aperture = 3;
  bool l2 = false;

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
            .help("Measures a gradient by its length, not by the sum of its parts."));
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
      Block block = summary_of(label(gradients, rect));
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
    out.create(in.size(), CV_8U);
    out.setTo(0);
    for (const auto& [index, rect] : blocks_of(place)) {
      Labels labels = label(gradients, rect);
      if (const auto found = stats.kept.find(index); found != stats.kept.end()) {
        for (const Touch& touch : found->second) {
          labels.strong[labels.of_pixels.at<std::uint16_t>(touch.y, touch.x)] = 1;
        }
      }
      for (int y = 0; y < rect.height; ++y) {
        const auto* from = labels.of_pixels.ptr<std::uint16_t>(y);
        auto* to = out.ptr<std::uint8_t>(rect.y + y) + rect.x;
        for (int x = 0; x < rect.width; ++x) to[x] = labels.strong[from[x]] != 0 && from[x] != 0 ? 255 : 0;
      }
    }
  }

 private:
  // cv::Canny takes the thresholds in any order, and scales Sobel's sums of 7x7 down so that they fit into 16
  // bit.
  double scale() const { return aperture == 7 ? 1.0 / 16 : 1.0; }
  double lower() const { return std::min(low, high) * scale(); }
  double upper() const { return std::max(low, high) * scale(); }

  // With two equal thresholds, nothing is left to hysteresis: cv::Canny gives every edge.
  Gradients gradients_of(const cv::Mat& in) const {
    Gradients g;
    cv::Sobel(in, g.dx, CV_16S, 1, 0, aperture, scale(), 0, cv::BORDER_REPLICATE);
    cv::Sobel(in, g.dy, CV_16S, 0, 1, aperture, scale(), 0, cv::BORDER_REPLICATE);
    cv::Canny(g.dx, g.dy, g.edges, lower(), lower(), l2);
    return g;
  }

  Labels label(const Gradients& gradients, const cv::Rect& rect) const {
    Labels labels;
    const int count = cv::connectedComponents(gradients.edges(rect), labels.of_pixels, 8, CV_16U);
    labels.strong.resize(static_cast<std::size_t>(count));
    const int channels = gradients.dx.channels();
    const int threshold = static_cast<int>(std::floor(l2 ? upper() * upper() : upper()));
    for (int y = 0; y < rect.height; ++y) {
      const auto* label = labels.of_pixels.ptr<std::uint16_t>(y);
      const auto* dx = gradients.dx.ptr<std::int16_t>(rect.y + y, rect.x);
      const auto* dy = gradients.dy.ptr<std::int16_t>(rect.y + y, rect.x);
      for (int x = 0; x < rect.width; ++x, dx += channels, dy += channels) {
        if (label[x] != 0 && labels.strong[label[x]] == 0) {
          labels.strong[label[x]] = largest_magnitude(dx, dy, channels) > threshold;
        }
      }
    }
    return labels;
  }

  // Of the channels, as cv::Canny measures it.
  int largest_magnitude(const std::int16_t* dx, const std::int16_t* dy, int channels) const {
    int largest = 0;
    for (int c = 0; c < channels; ++c) {
      largest = std::max(largest, l2 ? dx[c] * dx[c] + dy[c] * dy[c] : std::abs(dx[c]) + std::abs(dy[c]));
    }
    return largest;
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
