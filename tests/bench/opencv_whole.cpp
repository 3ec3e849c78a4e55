// The peer of the benchmark: one image through one filter as one would write it with OpenCV alone, all in
// memory and on all cores.
//
//   tilework-bench-opencv FILTER INPUT OUTPUT

#include <iostream>
#include <string>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: tilework-bench-opencv gaussian-blur|invert INPUT OUTPUT\n";
    return 2;
  }
  const std::string filter = argv[1];
  const cv::Mat image = cv::imread(argv[2]);
  cv::Mat result;
  if (filter == "gaussian-blur") {
    cv::GaussianBlur(image, result, {31, 31}, 0);
  } else if (filter == "invert") {
    cv::bitwise_not(image, result);
  } else {
    std::cerr << "no such filter: " << filter << '\n';
    return 2;
  }
  return cv::imwrite(argv[3], result, {cv::IMWRITE_JPEG_QUALITY, 95}) ? 0 : 1;
}
