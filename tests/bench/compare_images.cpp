// Says whether two image files show the same: the peak signal-to-noise ratio in dB, after decoding both.
// Files with lossy coding differ a little although their pixels before it were equal.
//
//   tilework-bench-compare A B

#include <iostream>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tilework-bench-compare A B\n";
    return 2;
  }
  const cv::Mat a = cv::imread(argv[1], cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
  const cv::Mat b = cv::imread(argv[2], cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
  if (a.empty() || b.empty() || a.size() != b.size() || a.type() != b.type()) {
    std::cout << "0\n";
    return 1;
  }
  std::cout << cv::PSNR(a, b) << '\n';
  return 0;
}
