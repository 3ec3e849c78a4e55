// Where `tilework apply` writes, and what it refuses before anything is uploaded.
#include <fstream>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "tests/support/temp_dir.h"
#include "tools/cli/outputs.h"

using namespace tilework;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

class Desk {
 public:
  std::string image(const std::string& name, const std::string& bytes = "an image") const {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.file(name)) << bytes;
    return folder.file(name);
  }
  std::string at(const std::string& name) const { return folder.file(name); }

  test::TempDir folder;
};

std::string refusal(const std::vector<std::string>& images, const std::string& out) {
  try {
    cli::plan_outputs(images, out);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the format follows the extension, in upper or lower case") {
  CHECK(cli::format_of("a.jpg") == "jpeg");
  CHECK(cli::format_of("a.b.JPEG") == "jpeg");
  CHECK(cli::format_of("/x/a.png") == "png");
  CHECK(cli::format_of("a.tif") == "tiff");
  CHECK(cli::format_of("a.TIFF") == "tiff");
  CHECK(cli::format_of("a.webp") == "webp");
  CHECK(cli::format_of("a.bmp") == "bmp");
  CHECK(cli::format_of("a.gif") == "gif");
  CHECK_THROWS_WITH(cli::format_of("a.heic"), Contains("\".heic\"") && Contains(".jpg, .jpeg, .png, .tif"));
  CHECK_THROWS_WITH(cli::format_of("a"), Contains("has no extension"));
}

TEST_CASE("one image goes to a file, or into a folder under its own name") {
  const Desk desk;
  const auto image = desk.image("a.jpg");
  const auto file = cli::plan_outputs({image}, desk.at("out.png"));
  CHECK(file.tasks.at(0).output == desk.at("out.png"));
  CHECK(file.tasks.at(0).format == "png");
  CHECK(file.folder.empty());

  fs::create_directory(desk.at("there"));
  const auto there = cli::plan_outputs({image}, desk.at("there"));
  CHECK(there.tasks.at(0).output == desk.at("there/a.jpg"));
  CHECK(there.folder.empty());

  const auto made = cli::plan_outputs({image}, desk.at("new/"));
  CHECK(made.tasks.at(0).output == desk.at("new/a.jpg"));
  CHECK_FALSE(fs::exists(desk.at("new")));
  cli::make_folder(made);
  CHECK(fs::is_directory(desk.at("new")));
}

TEST_CASE("several images go into a folder, which is made") {
  const Desk desk;
  const auto plan = cli::plan_outputs({desk.image("a.jpg"), desk.image("b.png")}, desk.at("new/deep"));
  CHECK(plan.tasks.at(0).output == desk.at("new/deep/a.jpg"));
  CHECK(plan.tasks.at(1).output == desk.at("new/deep/b.png"));
  CHECK(plan.tasks.at(1).format == "png");
  cli::make_folder(plan);
  CHECK(fs::is_directory(desk.at("new/deep")));
}

TEST_CASE("inputs that are no images are refused by name") {
  const Desk desk;
  const auto out = desk.at("out.png");
  CHECK_THAT(refusal({desk.at("missing.jpg")}, out), Contains("missing.jpg can't be read: No such file"));
  CHECK_THAT(refusal({desk.image("empty.jpg", "")}, out), Contains("empty.jpg is empty (0 bytes)"));
  CHECK_THAT(refusal({desk.folder.path().string()}, out), Contains("is a folder"));
  CHECK_THAT(refusal({"/dev/null"}, out), Contains("/dev/null is not a file"));
}

TEST_CASE("an output that would destroy something is refused") {
  const Desk desk;
  const auto a = desk.image("a.jpg");
  CHECK_THAT(refusal({a}, a), Contains("is the input"));
  CHECK_THAT(refusal({a}, desk.folder.path().string()), Contains("is the input"));
  fs::create_hard_link(a, desk.at("same.jpg"));
  CHECK_THAT(refusal({a}, desk.at("same.jpg")), Contains("is the input"));
  CHECK_THAT(refusal({a, desk.image("other/a.jpg")}, desk.at("new/")), Contains("would both be written to"));
  CHECK_THAT(refusal({a, a}, desk.at("new/")), Contains("would both be written to"));
}

TEST_CASE("an output that can't be written is refused") {
  const Desk desk;
  const auto a = desk.image("a.jpg");
  const auto b = desk.image("b.jpg");
  CHECK_THAT(refusal({a}, desk.at("missing/out.png")), Contains("doesn't exist; make it first"));
  CHECK_THAT(refusal({a}, b + "/out.png"), Contains("b.jpg is not a folder"));
  CHECK_THAT(refusal({a, b}, b), Contains("is not a folder"));
  CHECK_THAT(refusal({a}, b + "/new/"), Contains("is not a folder"));
  CHECK_THAT(refusal({a}, ""), Contains("-o is empty"));
}
