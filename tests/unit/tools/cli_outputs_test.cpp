// Where `tilework apply` writes, and what it refuses before anything is uploaded.
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "schema/model/error.h"
#include "tests/support/temp_dir.h"
#include "tools/cli/outputs.h"

using namespace tilework;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
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

std::string refusal(const std::vector<std::string>& images, const std::string& out,
                    const std::string& format = "") {
  try {
    cli::plan_outputs(images, {out, format});
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
  const auto file = cli::plan_outputs({image}, {desk.at("out.png")});
  CHECK(file.tasks.at(0).output == desk.at("out.png"));
  CHECK(file.tasks.at(0).format == "png");
  CHECK(file.folder.empty());

  fs::create_directory(desk.at("there"));
  const auto there = cli::plan_outputs({image}, {desk.at("there")});
  CHECK(there.tasks.at(0).output == desk.at("there/a.jpg"));
  CHECK(there.folder.empty());

  const auto made = cli::plan_outputs({image}, {desk.at("new/")});
  CHECK(made.tasks.at(0).output == desk.at("new/a.jpg"));
  CHECK_FALSE(fs::exists(desk.at("new")));
  cli::make_folder(made);
  CHECK(fs::is_directory(desk.at("new")));
}

TEST_CASE("several images go into a folder, which is made") {
  const Desk desk;
  const auto plan = cli::plan_outputs({desk.image("a.jpg"), desk.image("b.png")}, {desk.at("new/deep")});
  CHECK(plan.tasks.at(0).output == desk.at("new/deep/a.jpg"));
  CHECK(plan.tasks.at(1).output == desk.at("new/deep/b.png"));
  CHECK(plan.tasks.at(1).format == "png");
  cli::make_folder(plan);
  CHECK(fs::is_directory(desk.at("new/deep")));
}

TEST_CASE("inputs that are no images are refused by name") {
  const Desk desk;
  const auto out = desk.at("out.png");
  CHECK_THAT(refusal({desk.at("missing.jpg")}, out), Contains("missing.jpg: there is no such file"));
  CHECK_THAT(refusal({desk.image("empty.jpg", "")}, out), Contains("empty.jpg is empty (0 bytes)"));
  CHECK_THAT(refusal({desk.folder.path().string()}, out), Contains("is a folder"));
  CHECK_THAT(refusal({"/dev/null"}, out), Contains("/dev/null is not a file"));
}

TEST_CASE("an input that isn't there is refused by name, with what is near") {
  const Desk desk;
  desk.image("photo1.jpg");
  const auto out = desk.at("out.png");
  CHECK(refusal({desk.at("photo.jpg")}, out) ==
        desk.at("photo.jpg") + ": there is no such file; did you mean \"photo1.jpg\"?");
  CHECK(refusal({desk.at("holiday.png")}, out) == desk.at("holiday.png") + ": there is no such file");
  CHECK(refusal({desk.at("no/photo.jpg")}, out) ==
        desk.at("no/photo.jpg") + ": there is no such file, and no folder " + desk.at("no"));
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
  const std::string name(300, 'x');
  CHECK_THAT(refusal({a}, desk.at(name + ".png")), Contains("File name too long"));
  CHECK_THAT(refusal({a}, desk.at(name + "/")), Contains("File name too long"));
  CHECK_THAT(refusal({a}, desk.at("new/" + name + "/")), Contains("File name too long"));
  CHECK_THAT(refusal({a, b}, desk.at(name)), Contains("File name too long"));
  fs::create_directories(desk.at("there/a.jpg"));
  CHECK_THAT(refusal({a}, desk.at("there")), Contains("it is a folder"));
}

TEST_CASE("a name that grows by its new extension may be too long for the folder") {
  const Desk desk;
  const auto image = desk.image(std::string(251, 'x') + ".gif");
  CHECK_THAT(refusal({image}, desk.at("new/")), Equals(""));
  CHECK_THAT(refusal({image}, desk.at("new/"), "webp"), Contains("File name too long"));
}

TEST_CASE("links are followed, whether there is a file at their end or not") {
  const Desk desk;
  const auto a = desk.image("a.jpg");
  const auto b = desk.image("b.jpg");
  fs::create_directory(desk.at("there"));
  fs::create_symlink("there/real.png", desk.at("out.png"));
  CHECK_THAT(refusal({a}, desk.at("out.png")), Equals(""));
  desk.image("there/real.png", "old");
  CHECK_THAT(refusal({a}, desk.at("out.png")), Equals(""));

  fs::create_symlink("a.jpg", desk.at("to-input.jpg"));
  CHECK_THAT(refusal({a}, desk.at("to-input.jpg")), Contains("is the input"));
  fs::create_symlink("nowhere/real.png", desk.at("lost.png"));
  CHECK_THAT(refusal({a}, desk.at("lost.png")), Contains("No such file or directory in the folder"));
  fs::create_symlink("two.png", desk.at("one.png"));
  fs::create_symlink("one.png", desk.at("two.png"));
  CHECK_THAT(refusal({a}, desk.at("one.png")), Contains("symbolic links"));
  fs::create_symlink("b.jpg", desk.at("there/a.jpg"));
  CHECK_THAT(refusal({a, b}, desk.at("there")), Contains("would both be written to"));
}

TEST_CASE("a wished format decides where the extension doesn't, and names the results in a folder") {
  const Desk desk;
  const auto image = desk.image("a.jpg");
  CHECK(cli::plan_outputs({image}, {desk.at("out"), "PNG"}).tasks.at(0).format == "png");
  CHECK(cli::plan_outputs({image}, {desk.at("out.dat"), "tif"}).tasks.at(0).format == "tiff");
  CHECK(cli::plan_outputs({image}, {desk.at("out.jpeg"), "jpg"}).tasks.at(0).format == "jpeg");
  CHECK_THAT(refusal({image}, desk.at("out.jpg"), "png"), Contains("extension of jpeg"));
  CHECK_THAT(refusal({image}, desk.at("out"), "heic"), Contains("choose jpeg, png"));

  const auto plan = cli::plan_outputs({image, desk.image("b.PNG")}, {desk.at("new/"), "png"});
  CHECK(plan.tasks.at(0).output == desk.at("new/a.png"));
  CHECK(plan.tasks.at(1).output == desk.at("new/b.PNG"));
  CHECK(plan.tasks.at(0).format == "png");
  CHECK_THAT(refusal({image, desk.image("a.png")}, desk.at("new/"), "png"),
             Contains("would both be written to"));
}

TEST_CASE("standard input has a name in a folder, and is one image at most") {
  const Desk desk;
  const auto plan = cli::plan_outputs({"-"}, {desk.at("new/"), "", "tiff"});
  CHECK(plan.tasks.at(0).output == desk.at("new/stdin.tif"));
  CHECK(plan.tasks.at(0).name == "-");
  CHECK(cli::plan_outputs({"-"}, {desk.at("new/"), "webp", "tiff"}).tasks.at(0).format == "webp");
  CHECK(cli::plan_outputs({"-"}, {desk.at("out.png")}).tasks.at(0).format == "png");
  CHECK_THAT(refusal({"-"}, desk.at("new/")), Contains("standard input") && Contains("--format"));
  CHECK_THAT(refusal({"-", "-"}, desk.at("new/")), Contains("one of the images"));
}

TEST_CASE("into a FIFO or a device, an image keeps the format that its content has") {
  const Desk desk;
  const auto image = desk.image("a.jpg", "GIF89a and more");  // whatever it is called
  REQUIRE(::mkfifo(desk.at("fifo").c_str(), 0600) == 0);
  REQUIRE(::mkfifo(desk.at("fifo.bmp").c_str(), 0600) == 0);
  const auto plan = cli::plan_outputs({image}, {desk.at("fifo")});
  CHECK(plan.tasks.at(0).streams);
  CHECK(plan.tasks.at(0).format == "gif");
  CHECK(cli::plan_outputs({image}, {desk.at("fifo"), "png"}).tasks.at(0).format == "png");
  CHECK(cli::plan_outputs({image}, {desk.at("fifo.bmp")}).tasks.at(0).format == "bmp");
  CHECK(cli::plan_outputs({"-"}, {"/dev/null", "", "tiff"}).tasks.at(0).format == "tiff");
  CHECK_THAT(refusal({desk.image("text.jpg")}, desk.at("fifo")), Contains("--format"));
  CHECK_THAT(refusal({image, desk.image("b.jpg")}, desk.at("fifo")), Contains("one image"));
}
