// The filter "morphology": lets dark or bright areas grow, or removes small ones.
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

struct Morphology {
  static constexpr tilework::About about{
      .name = "morphology",
      .version = "1.0.0",
      .label = "Morphology",
      .group = "Shapes",
      .help =
          "Lets dark areas (erode) or bright ones (dilate) grow, or removes small bright ones (open) or "
          "dark ones (close)."};

  enum class Operation { erode, dilate, open, close };
  enum class Shape { square, disc };
  Operation operation = Operation::open;
  Shape shape = Shape::square;
  int radius = 2;

  static auto parameters() {
    return tilework::parameters(
        tilework::choice("operation", &Morphology::operation, {"erode", "dilate", "open", "close"})
            .label("Operation")
            .help("What happens to the areas."),
        tilework::choice("shape", &Morphology::shape, {"square", "disc"})
            .label("Shape")
            .help("The neighbourhood that is looked at."),
        tilework::integer("radius", &Morphology::radius)
            .label("Radius")
            .unit(tilework::pixels)
            .range(0, 25)
            .soft_range(1, 10)
            .help("How far the neighbourhood reaches."));
  }

  // To open is to erode and then to dilate, and to close the other way round: two steps, whose reaches add
  // up.
  tilework::Halo halo() const {
    const bool two_steps = operation == Operation::open || operation == Operation::close;
    return tilework::Halo::all(two_steps ? 2 * radius : radius);
  }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    static constexpr int operations[] = {cv::MORPH_ERODE, cv::MORPH_DILATE, cv::MORPH_OPEN, cv::MORPH_CLOSE};
    const cv::Mat element = cv::getStructuringElement(
        shape == Shape::disc ? cv::MORPH_ELLIPSE : cv::MORPH_RECT, {2 * radius + 1, 2 * radius + 1});
    cv::morphologyEx(in, out, operations[static_cast<int>(operation)], element);
  }
};

TILEWORK_FILTERS(Morphology)
