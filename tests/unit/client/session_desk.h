// What tests of jobs need: an image, jobs for it, and a look at what they leave.
#pragma once

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "client/session/job.h"
#include "schema/model/error.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder with an image, and jobs that turn it into "out.png".
class Desk {
 public:
  Desk() { std::ofstream(folder.file("in.jpg")) << "an image"; }

  client::JobSpec job(const std::string& output = "out.png") const {
    client::JobSpec spec;
    spec.input = folder.file("in.jpg");
    spec.output = folder.file(output);
    spec.name = "in.jpg";
    spec.recipe = {{"blur", {{"size", 5.0}}}};
    spec.format = "png";
    spec.jpeg_quality = 80;
    spec.chroma = "4:2:0";
    spec.compression = "zstd";
    spec.lossless = true;
    return spec;
  }

  // All that lies in the folder besides the image.
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.path().filename() != "in.jpg") names.push_back(entry.path().filename());
    }
    return names;
  }

  TempDir folder;
};

template <class Value>
Fault fault_of(std::future<Value> future, std::string* text = nullptr) {
  try {
    future.get();
  } catch (const Error& error) {
    if (text != nullptr) *text = error.what();
    return error.fault();
  }
  FAIL("it did not fail");
  return Fault::failed;
}

}  // namespace tilework::test
