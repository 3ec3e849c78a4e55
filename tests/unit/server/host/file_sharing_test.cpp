// How libraries come to hosts that open no files.
#include "server/host/memory/file_sharing.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <kj/async-io.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/connection.h"
#include "schema/transport/errors.h"
#include "tests/support/temp_dir.h"

namespace tilework::host {
namespace {

class Host final : public rpc::FilterHost::Server {
 public:
  explicit Host(std::shared_ptr<ReceivedFiles> files) : files_(std::move(files)) {}

 protected:
  kj::Promise<void> provide(ProvideContext context) override {
    return files_->receive(context.getParams().getDigest(), context.getParams().getFile());
  }

 private:
  std::shared_ptr<ReceivedFiles> files_;
};

// A host in this process, behind a socket.
struct Shared {
  Shared() {
    auto pipe = io.provider->newCapabilityPipe();
    host = kj::heap<transport::Connection>(kj::mv(pipe.ends[0]), capnp::rpc::twoparty::Side::SERVER,
                                           kj::heap<Host>(files), transport::fixed(transport::master_budget),
                                           transport::Descriptors::passed);
    parent = kj::heap<transport::Connection>(kj::mv(pipe.ends[1]), capnp::rpc::twoparty::Side::CLIENT,
                                             transport::nothing(), transport::fixed(transport::host_budget),
                                             transport::Descriptors::passed);
    sharer = kj::heap<FileSharer>(parent->bootstrap().castAs<rpc::FilterHost>());
    std::ofstream(folder.file("library")) << "its bytes";
  }
  void share(const std::string& digest, const std::string& file) {
    sharer->share(digest, folder.file(file)).wait(io.waitScope);
  }

  test::TempDir folder;
  kj::AsyncIoContext io = kj::setupAsyncIo();
  std::shared_ptr<ReceivedFiles> files = std::make_shared<ReceivedFiles>();
  kj::Own<transport::Connection> host, parent;
  kj::Own<FileSharer> sharer;
};

std::string bytes_of(int fd) {
  std::string bytes(100, 0);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(fd, bytes.data(), bytes.size(), 0))));
  return bytes;
}

}  // namespace

TEST_CASE("a library comes as a descriptor that can be read, and not be written") {
  Shared with;
  with.share("one", "library");
  with.share("one", "library");  // it is there already
  const auto file = with.files->open("one");
  CHECK(bytes_of(file) == "its bytes");
  CHECK(::write(file, "x", 1) < 0);
  CHECK_THROWS_AS(with.files->open("another"), UserError);
}

TEST_CASE("only a file is handed over, and no link to one") {
  Shared with;
  std::filesystem::create_symlink(with.folder.file("library"), with.folder.file("link"));
  std::filesystem::create_directory(with.folder.file("folder"));
  REQUIRE(::mkfifo(with.folder.file("pipe").c_str(), 0600) == 0);
  for (const char* what : {"link", "folder", "pipe", "nothing"}) {
    CHECK_THROWS_AS(transport::method([&] { with.share("one", what); }), kj::Exception);
  }
  with.share("one", "library");  // what failed can be tried again
  CHECK(bytes_of(with.files->open("one")) == "its bytes");
}

TEST_CASE("a host takes no more files than any recipe may need") {
  Shared with;
  for (int i = 0; i < 256; ++i) with.share(std::to_string(i), "library");
  CHECK_THROWS_AS(transport::method([&] { with.share("one more", "library"); }), kj::Exception);
}

}  // namespace tilework::host
