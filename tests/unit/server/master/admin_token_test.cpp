// The administrator's token: how the master makes it, and how the administrator's machine reads it.
#include "server/master/sessions/admin_token.h"

#include <barrier>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include "client/admin/token_file.h"
#include "schema/model/error.h"
#include "tests/support/temp_dir.h"

using namespace tilework;
using Catch::Matchers::Contains;
using master::AdminToken;
namespace fs = std::filesystem;

namespace {

std::string line_of(const fs::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

void write(const fs::path& file, const std::string& text, fs::perms mode = fs::perms(0600)) {
  std::ofstream(file) << text;
  fs::permissions(file, mode);
}

std::string denied(const fs::path& file) {
  try {
    client::read_token_file(file);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::denied);
    return error.what();
  }
  return "it was read";
}

}  // namespace

TEST_CASE("a token is made at the first start, for its owner alone, and stays the same") {
  const test::TempDir folder;
  const AdminToken first(folder.path());
  CHECK(fs::status(first.file()).permissions() == fs::perms(0600));
  CHECK(fs::file_size(first.file()) == 65);
  const std::string token = line_of(first.file());
  CHECK(token.find_first_not_of("0123456789abcdef") == std::string::npos);
  const AdminToken again(folder.path());
  CHECK(line_of(again.file()) == token);
  CHECK(first.matches(token));
  CHECK(again.matches(token));
  const test::TempDir elsewhere;
  CHECK_FALSE(AdminToken(elsewhere.path()).matches(token));
}

TEST_CASE("only the token itself matches") {
  const test::TempDir folder;
  const AdminToken token(folder.path());
  const std::string right = line_of(token.file());
  std::string wrong = right;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  CHECK_FALSE(token.matches(wrong));
  CHECK_FALSE(token.matches(""));
  CHECK_FALSE(token.matches(right.substr(0, 63)));
  CHECK_FALSE(token.matches(right + "\n"));
  CHECK_FALSE(token.matches(right + right));
}

TEST_CASE("masters that start together agree on one token") {
  const test::TempDir folder;
  constexpr int masters = 8;
  std::barrier start(masters);
  std::vector<std::unique_ptr<AdminToken>> tokens(masters);
  std::vector<std::thread> threads;
  for (auto& token : tokens) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      token = std::make_unique<AdminToken>(folder.path());
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string line = line_of(folder.path() / "admin-token");
  for (const auto& token : tokens) CHECK(token->matches(line));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);  // nothing is left of the others
}

TEST_CASE("a token that others can read is refused by the master, with what to do") {
  const test::TempDir folder;
  const fs::path file = AdminToken(folder.path()).file();
  for (const auto mode : {0640, 0604, 0620, 0601}) {
    INFO(std::oct << mode);
    fs::permissions(file, fs::perms(mode));
    CHECK_THROWS_WITH(AdminToken(folder.path()), Contains(file.string()) && Contains("chmod 600"));
  }
  fs::permissions(file, fs::perms(0400));
  CHECK_NOTHROW(AdminToken(folder.path()));
}

TEST_CASE("a damaged token is refused by the master, and a folder that can't be written to") {
  const test::TempDir folder;
  for (const std::string text : {"", "too short\n", "0123"}) {
    write(folder.path() / "admin-token", text);
    CHECK_THROWS_WITH(AdminToken(folder.path()), Contains("is damaged"));
  }
  write(folder.path() / "admin-token", std::string(64, 'x') + "\n");
  CHECK_THROWS_WITH(AdminToken(folder.path()), Contains("is damaged"));
  CHECK_THROWS_AS(AdminToken("/proc"), UserError);
  CHECK_THROWS_WITH(AdminToken(folder.path() / "nowhere"), Contains("can't be made") && Contains("--state"));
}

TEST_CASE("an administrator's machine reads the token that the master made") {
  const test::TempDir folder;
  const AdminToken token(folder.path());
  CHECK(token.matches(client::read_token_file(token.file())));
  write(folder.file("copy"), std::string(64, 'a'));  // without the end of the line
  CHECK(client::read_token_file(folder.file("copy")) == std::string(64, 'a'));
}

TEST_CASE("an administrator's token file that can't be used says why") {
  const test::TempDir folder;
  CHECK_THAT(denied(folder.file("none")), Contains(folder.file("none") + " doesn't exist"));
  CHECK_THAT(denied(folder.path()), Contains("is no file"));
  write(folder.file("open"), std::string(64, 'a') + "\n", fs::perms(0644));
  CHECK_THAT(denied(folder.file("open")), Contains("chmod 600"));
  write(folder.file("short"), std::string(63, 'a') + "\n");
  CHECK_THAT(denied(folder.file("short")), Contains("holds no token"));
  write(folder.file("long"), std::string(65, 'a') + "\n");
  CHECK_THAT(denied(folder.file("long")), Contains("holds no token"));
}
