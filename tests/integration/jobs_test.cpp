// Real processes, real files: what a user does with the command line.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

// Applies the recipe by the cluster and by the reference; where the two files differ.
std::string difference(Cluster& cluster, const std::string& input, const std::string& extension,
                       const std::string& filters, const Recipe& recipe,
                       std::vector<std::string> options = {}) {
  const std::string out = cluster.folder().file("out." + extension);
  const std::string reference = cluster.folder().file("reference." + extension);
  std::vector<std::string> arguments{"apply", input, "-o", out};
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto plus = filters.find('+', at);
    arguments.insert(arguments.end(), {"-f", filters.substr(at, plus - at)});
    at = plus == std::string::npos ? plus : plus + 1;
  }
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto finished = cluster.tilework(arguments);
  INFO(finished.errors);
  REQUIRE(finished.code == 0);
  run_reference(input, reference, recipe);
  return difference_of_files(out, reference);
}

}  // namespace

TEST_CASE("a photo through two filters is byte for byte what the whole image gives") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {2311, 1733});
  const Recipe recipe{{"gaussian-blur", {{"size", 31.0}}}, {"sharpen", {}}};
  for (const char* extension : {"png", "jpg", "tif"}) {
    for (const char* tile : {"default", "257x129", "1024"}) {
      INFO(extension << " on tiles of " << tile);
      std::vector<std::string> options;
      if (std::string(tile) != "default") options = {"--tile", tile};
      CHECK_THAT(difference(cluster, photo, extension, "gaussian-blur:size=31+sharpen", recipe, options),
                 Catch::Equals(""));
    }
  }
}

TEST_CASE("every filter gives on a cluster what it gives on the whole image") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {701, 499});
  const auto listed = cluster.tilework({"filters", "--json"});
  REQUIRE(listed.code == 0);
  int tried = 0;
  for (const auto& filter : nlohmann::json::parse(listed.output)) {
    const std::string name = filter.at("name");
    if (name.starts_with("test-")) continue;
    INFO(name);
    CHECK_THAT(difference(cluster, photo, "png", name, {{name, {}}}, {"--tile", "300x200"}),
               Catch::Equals(""));
    ++tried;
  }
  CHECK(tried >= 14);
}

TEST_CASE("global filters amid a recipe see what the filters before them made of the whole image") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {900, 700});
  const Recipe recipe{{"equalize", {}},
                      {"gaussian-blur", {{"size", 5.0}}},
                      {"canny", {}},
                      {"gaussian-blur", {{"size", 9.0}}}};
  CHECK_THAT(difference(cluster, photo, "png", "equalize+gaussian-blur:size=5+canny+gaussian-blur:size=9",
                        recipe, {"--tile", "250x190"}),
             Catch::Equals(""));
}

TEST_CASE("each file format comes in and goes out as the whole image would") {
  Cluster cluster(2);
  struct Case {
    const char* extension;
    PixelFormat format;
  };
  const Case cases[] = {{"png", {Depth::u8, 4}},  {"png", {Depth::u16, 3}}, {"tif", {Depth::u16, 1}},
                        {"tif", {Depth::f32, 3}}, {"webp", {Depth::u8, 3}}, {"bmp", {Depth::u8, 3}},
                        {"gif", {Depth::u8, 3}},  {"jpg", {Depth::u8, 1}}};
  for (const auto& [extension, format] : cases) {
    INFO(extension << " of depth " << static_cast<int>(format.depth) << ", " << format.channels
                   << " channels");
    const std::string photo = cluster.folder().file(std::string("photo.") + extension);
    write_photo(photo, {331, 257}, 3, format);
    CHECK_THAT(difference(cluster, photo, extension, "gaussian-blur:size=7",
                          {{"gaussian-blur", {{"size", 7.0}}}}, {"--tile", "100"}),
               Catch::Equals(""));
  }
}

TEST_CASE("several images at once go into a folder, and two clients work side by side") {
  Cluster cluster(2);
  std::vector<std::string> arguments{"apply"};
  for (int i = 0; i < 6; ++i) {
    const std::string name = cluster.folder().file("photo-" + std::to_string(i) + ".jpg");
    write_photo(name, {400 + 31 * i, 300}, static_cast<unsigned>(i));
    arguments.push_back(name);
  }
  auto first = arguments;
  first.insert(first.end(),
               {"-f", "invert", "-o", cluster.folder().file("first") + "/", "--master", cluster.address()});
  first.insert(first.begin(), program("tilework"));
  Process other(first, cluster.folder().path() / "first-client");
  arguments.insert(arguments.end(), {"-f", "grayscale", "-o", cluster.folder().file("second") + "/"});
  CHECK(cluster.tilework(arguments).code == 0);
  CHECK(other.wait() == 0);
  for (int i = 0; i < 6; ++i) {
    const std::string name = "photo-" + std::to_string(i) + ".jpg";
    run_reference(cluster.folder().file(name), cluster.folder().file("gray.jpg"), {{"grayscale", {}}});
    run_reference(cluster.folder().file(name), cluster.folder().file("inverted.jpg"), {{"invert", {}}});
    CHECK_THAT(
        difference_of_files(cluster.folder().file("second/" + name), cluster.folder().file("gray.jpg")),
        Catch::Equals(""));
    CHECK_THAT(
        difference_of_files(cluster.folder().file("first/" + name), cluster.folder().file("inverted.jpg")),
        Catch::Equals(""));
  }
}

TEST_CASE("without an address the command line starts a cluster of its own and ends it") {
  TempDir folder;
  write_photo(folder.file("photo.jpg"), {320, 240});
  const auto finished = run({program("tilework"), "apply", folder.file("photo.jpg"), "-f", "invert", "-o",
                             folder.file("out.png"), "--json"},
                            folder.path() / "log");
  INFO(finished.errors);
  CHECK(finished.code == 0);
  run_reference(folder.file("photo.jpg"), folder.file("reference.png"), {{"invert", {}}});
  CHECK_THAT(difference_of_files(folder.file("out.png"), folder.file("reference.png")), Catch::Equals(""));
}

}  // namespace tilework::test
