// The peer of the benchmark: images through filters as one would write it with OpenCV alone.
//
//   tilework-bench-opencv FILTER[,FILTER...] INPUT OUTPUT       one image, all in memory and on all cores
//   tilework-bench-opencv FILTER[,FILTER...] INPUTS/ OUTPUTS/   a folder, by a pool of processes, one a core

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

// As the plugins of the same names, with their defaults.
cv::Mat filtered(const cv::Mat& image, const std::string& filter) {
  cv::Mat result;
  if (filter == "gaussian-blur") {
    cv::GaussianBlur(image, result, {31, 31}, 0);
  } else if (filter == "invert") {
    cv::bitwise_not(image, result);
  } else if (filter == "canny") {
    cv::Mat gray;
    cv::cvtColor(image, gray, cv::COLOR_BGR2GRAY);
    cv::Canny(gray, result, 100, 200);
  } else if (filter == "sharpen") {
    cv::Mat smooth;
    cv::GaussianBlur(image, smooth, {5, 5}, 0);
    cv::filter2D(smooth, result, -1, cv::Matx33f{-1, -1, -1, -1, 9, -1, -1, -1, -1});
  } else if (filter == "brightness-contrast") {
    image.convertTo(result, -1, 1.5, 40);
  } else {
    throw std::invalid_argument("no such filter: " + filter);
  }
  return result;
}

void process(const std::vector<std::string>& filters, const fs::path& input, const fs::path& output) {
  cv::Mat image = cv::imread(input);
  for (const auto& filter : filters) image = filtered(image, filter);
  if (!cv::imwrite(output, image, {cv::IMWRITE_JPEG_QUALITY, 95})) throw std::runtime_error("not written");
}

// Each process takes every n-th image, so that all have as many.
void process_folder(const std::vector<std::string>& filters, const fs::path& inputs,
                    const fs::path& outputs) {
  std::vector<fs::path> images;
  for (const auto& entry : fs::directory_iterator(inputs)) images.push_back(entry.path());
  std::ranges::sort(images);
  fs::create_directories(outputs);
  const std::size_t count = std::max(1u, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i) {
    if (::fork() != 0) continue;
    cv::setNumThreads(1);
    for (std::size_t k = i; k < images.size(); k += count) {
      process(filters, images[k], outputs / images[k].filename());
    }
    ::_exit(0);
  }
  for (int status = 0; ::wait(&status) > 0;) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a process failed");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: tilework-bench-opencv FILTER[,FILTER...] INPUT OUTPUT\n";
    return 2;
  }
  try {
    std::vector<std::string> filters;
    std::istringstream list(argv[1]);
    for (std::string filter; std::getline(list, filter, ',');) filters.push_back(filter);
    fs::is_directory(argv[2]) ? process_folder(filters, argv[2], argv[3])
                              : process(filters, argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
