// The notes of scans that outlive a master. A dead master's are made by a child that ends without a word.
#include "server/master/plugins/scan_notes.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

using namespace tilework;
using master::ScanNotes;

namespace {

const std::string first(64, 'a'), second(64, 'b');

// A master that scans these, and is killed.
void die_over(const std::filesystem::path& folder, const std::vector<std::string>& digests) {
  const pid_t child = ::fork();
  if (child == 0) {
    const ScanNotes notes(folder);
    std::vector<kj::Own<void>> held;
    for (const auto& digest : digests) held.push_back(notes.note(digest, digest.substr(0, 1) + ".so"));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("a scan that has ended leaves nothing") {
  const test::TempDir folder;
  { const auto note = ScanNotes(folder.path() / "scans").note(first, "a.so"); }
  const ScanNotes notes(folder.path() / "scans");
  CHECK(notes.quarantined().empty());
  CHECK(std::filesystem::is_empty(folder.path() / "scans"));
}

TEST_CASE("one plugin over which a master died is in quarantine until it is released") {
  const test::TempDir folder;
  die_over(folder.path() / "scans", {first});
  for (int start = 0; start < 2; ++start) {
    const ScanNotes notes(folder.path() / "scans");
    CHECK_FALSE(notes.is_careful());
    REQUIRE(notes.find(first));
    CHECK(notes.find(first)->file == "a.so");
    CHECK_FALSE(notes.find(second));
    CHECK(notes.quarantined().size() == 1);
  }
  ScanNotes(folder.path() / "scans").release(first);
  CHECK_FALSE(ScanNotes(folder.path() / "scans").find(first));
}

TEST_CASE("of several over which a master died none is in quarantine, but they are scanned one at a time") {
  const test::TempDir folder;
  die_over(folder.path() / "scans", {first, second});
  {
    const ScanNotes notes(folder.path() / "scans");
    CHECK(notes.is_careful());
    CHECK(notes.quarantined().empty());
  }
  die_over(folder.path() / "scans", {second});
  const ScanNotes notes(folder.path() / "scans");
  CHECK_FALSE(notes.is_careful());
  CHECK(notes.find(second));
  CHECK_FALSE(notes.find(first));
}

TEST_CASE("a living master's scan is no death, and one that stops in good order takes its notes along") {
  const test::TempDir folder;
  const auto held = ScanNotes(folder.path() / "scans").note(first, "a.so");
  CHECK(ScanNotes(folder.path() / "scans").quarantined().empty());
  ScanNotes::remove_made_by(::getpid() + 1, folder.path() / "scans");
  CHECK_FALSE(std::filesystem::is_empty(folder.path() / "scans"));
  ScanNotes::remove_made_by(::getpid(), folder.path() / "scans");
  CHECK(std::filesystem::is_empty(folder.path() / "scans"));
}
