// Folders among the files that are opened.
#include "client/document/image_files.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"

namespace tilework::client {

TEST_CASE("a folder that is opened stands for the images in it") {
  namespace fs = std::filesystem;
  const test::TempDir dir;
  const fs::path folder = dir.path();
  fs::create_directories(folder / "slides/deeper.png");
  fs::create_directories(folder / "empty");
  for (const char* name :
       {"slides/b.JPG", "slides/a.tif", "slides/notes.txt", "slides/.hidden.png", "c.png"}) {
    std::ofstream(folder / name) << "x";
  }
  using Paths = std::vector<fs::path>;
  CHECK(with_folders_opened({folder / "c.png", folder / "slides", folder / "empty", folder / "none.png"}) ==
        Paths{folder / "c.png", folder / "slides/a.tif", folder / "slides/b.JPG", folder / "empty",
              folder / "none.png"});
}

}  // namespace tilework::client
