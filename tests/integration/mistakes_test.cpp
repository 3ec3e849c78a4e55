// What users get wrong: one clear line, the right exit code, and nothing left behind.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/transport/endpoint.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

struct Mistake {
  std::string what;
  std::vector<std::string> arguments;
  int code;
  std::vector<std::string> said;  // all of them stand in the message
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("each mistake gets one clear line and its exit code, and leaves no output") {
  Cluster cluster(1);
  auto& folder = cluster.folder();
  const auto file = [&](const std::string& name) { return folder.file(name); };
  write_photo(file("photo.jpg"), {640, 480});
  std::ofstream(file("text.jpg")) << "dear diary, this is no image\n";
  std::ofstream(file("empty.jpg"));
  const std::string whole = bytes_of_file(file("photo.jpg"));
  std::ofstream(file("cut.jpg"), std::ios::binary) << whole.substr(0, whole.size() / 2);
  fs::create_directory(file("out"));
  const std::string out = file("out/out.png");

  const std::vector<Mistake> mistakes{
      {"missing file", {file("none.jpg"), "-f", "invert"}, 2, {"none.jpg"}},
      {"text file", {file("text.jpg"), "-f", "invert"}, 2, {"text.jpg", "not an image"}},
      {"truncated JPEG", {file("cut.jpg"), "-f", "invert"}, 2, {"cut.jpg"}},
      {"empty file", {file("empty.jpg"), "-f", "invert"}, 2, {"empty.jpg", "empty"}},
      {"a folder as image", {file("out"), "-f", "invert"}, 2, {"folder"}},
      {"unknown filter",
       {file("photo.jpg"), "-f", "gausian-blur"},
       2,
       {"gausian-blur", "gaussian-blur", "did you mean"}},
      {"unknown parameter", {file("photo.jpg"), "-f", "gaussian-blur:sise=3"}, 2, {"sise", "size"}},
      {"out of range", {file("photo.jpg"), "-f", "gaussian-blur:size=1001"}, 2, {"1001", "1 to 255"}},
      {"not odd", {file("photo.jpg"), "-f", "gaussian-blur:size=4"}, 2, {"odd"}},
      {"no number", {file("photo.jpg"), "-f", "gaussian-blur:size=big"}, 2, {"big"}},
      {"unknown choice", {file("photo.jpg"), "-f", "heat-map:map=jett"}, 2, {"jett", "jet"}},
      {"no recipe", {file("photo.jpg")}, 2, {}},
      {"bad quality", {file("photo.jpg"), "-f", "invert", "--jpeg-quality", "101"}, 2, {}},
      {"unknown compression",
       {file("photo.jpg"), "-f", "invert", "--compression", "zip"},
       2,
       {"zip", "lzw, deflate"}},
      {"compression of PNG", {file("photo.jpg"), "-f", "invert", "--compression", "lzw"}, 2, {"png", "TIFF"}},
      {"another format than the name's",
       {file("photo.jpg"), "-f", "invert", "--format", "jpg"},
       2,
       {"out.png", "jpeg"}},
      {"bad tile", {file("photo.jpg"), "-f", "invert", "--tile", "0x5"}, 2, {}},
  };
  for (const auto& mistake : mistakes) {
    INFO(mistake.what);
    std::vector<std::string> arguments{"apply"};
    arguments.insert(arguments.end(), mistake.arguments.begin(), mistake.arguments.end());
    arguments.insert(arguments.end(), {"-o", out});
    const auto finished = cluster.tilework(arguments);
    INFO(finished.errors);
    CHECK(finished.code == mistake.code);
    CHECK(lines(finished.errors) >= 1);
    for (const auto& words : mistake.said) CHECK_THAT(finished.errors, Catch::Contains(words));
    CHECK(fs::is_empty(file("out")));
  }
}

TEST_CASE("an output that can't be written is refused before anything is uploaded") {
  Cluster cluster(1);
  auto& folder = cluster.folder();
  write_photo(folder.file("photo.jpg"), {64, 48});
  const auto apply = [&](const std::string& out) {
    return cluster.tilework({"apply", folder.file("photo.jpg"), "-f", "invert", "-o", out});
  };
  CHECK(apply(folder.file("nowhere/out.png")).code == 2);
  CHECK(apply("/proc/out.png").code == 2);
  CHECK(apply(folder.file("out.xyz")).code == 2);
  CHECK(apply(folder.file("photo.jpg")).code == 2);  // the input itself
  CHECK(apply(folder.file(std::string(300, 'x') + ".png")).code == 2);
  CHECK(apply(folder.file(std::string(300, 'x') + "/")).code == 2);
  fs::create_symlink("loop.png", folder.file("loop.png"));
  CHECK(apply(folder.file("loop.png")).code == 2);
  fs::create_symlink("made.png", folder.file("link.png"));
  CHECK(apply(folder.file("link.png")).code == 0);
  CHECK(fs::is_symlink(folder.file("link.png")));
  CHECK(fs::is_regular_file(folder.file("made.png")));
}

TEST_CASE("a master refuses ways of storing that no format knows, whatever its client checked") {
  Cluster cluster(1);
  write_photo(cluster.folder().file("photo.jpg"), {64, 48});
  auto session = cluster.session();
  const auto refusal = [&](const std::string& format, const std::string& compression, bool lossless) {
    client::JobSpec spec;
    spec.input = cluster.folder().file("photo.jpg");
    spec.output = cluster.folder().file("out");
    spec.name = "photo.jpg";
    spec.recipe = {{"invert", {}}};
    spec.format = format;
    spec.compression = compression;
    spec.lossless = lossless;
    try {
      session.apply(spec).get();
    } catch (const Error& error) {
      return (error.fault() == Fault::user ? "" : "another fault: ") + std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refusal("tiff", "zip", false), Catch::Contains("no compression of TIFF"));
  CHECK_THAT(refusal("png", "lzw", false), Catch::Contains("choose tiff"));
  CHECK_THAT(refusal("gif", "auto", true), Catch::Contains("can't be lossless"));
  CHECK_THAT(refusal("tiff", "zstd", true), Catch::Equals(""));
}

TEST_CASE("nobody at the address is exit code 3, and says where it looked") {
  TempDir folder;
  write_photo(folder.file("photo.jpg"), {64, 48});
  const auto finished = run({program("tilework"), "apply", folder.file("photo.jpg"), "-f", "invert", "-o",
                             folder.file("out.png"), "--master", "127.0.0.1:9"},
                            folder.path() / "log");
  CHECK(finished.code == 3);
  CHECK_THAT(finished.errors, Catch::Contains("127.0.0.1:9"));
  CHECK_FALSE(fs::exists(folder.file("out.png")));
}

TEST_CASE("a private cluster without a place for its files says which, and how to name another") {
  const TempDir folder;
  write_photo(folder.file("photo.jpg"), {64, 48});
  const auto finished = run({"/usr/bin/env", "TMPDIR=/no/such", program("tilework"), "apply",
                             folder.file("photo.jpg"), "-f", "invert", "-o", folder.file("out.png")},
                            folder.path() / "tilework");
  CHECK(finished.code == 2);
  CHECK(finished.errors ==
        "tilework: a folder for the private cluster can't be made in /no/such: No such file or directory; "
        "name another "
        "folder in TMPDIR\n");
}

TEST_CASE("garbage on the master's port disturbs nobody") {
  Cluster cluster(1);
  const auto endpoint = transport::parse_endpoint(cluster.address());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  unsigned state = 12345;
  for (int i = 0; i < 20; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    std::string garbage(4096, '\0');
    for (char& byte : garbage) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    ::send(socket, garbage.data(), garbage.size(), MSG_NOSIGNAL);
    ::close(socket);
  }
  write_photo(cluster.folder().file("photo.jpg"), {64, 48});
  CHECK(cluster
            .tilework({"apply", cluster.folder().file("photo.jpg"), "-f", "invert", "-o",
                       cluster.folder().file("out.png")})
            .code == 0);
  CHECK(cluster.master().running());
}

}  // namespace tilework::test
