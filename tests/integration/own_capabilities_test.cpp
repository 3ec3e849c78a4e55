// Who hands a master its own capabilities where his are expected: what holds them would keep itself.
#include <catch2/catch.hpp>
#include <kj/async-io.h>

#include "schema/master.capnp.h"
#include "schema/transport/connection.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;

class Peer {
 public:
  explicit Peer(const std::string& master) : io_(kj::setupAsyncIo()) {
    auto address = io_.provider->getNetwork().parseAddress(master).wait(io_.waitScope);
    connection_ = kj::heap<transport::Connection>(address->connect().wait(io_.waitScope),
                                                  capnp::rpc::twoparty::Side::CLIENT, transport::nothing(),
                                                  transport::fixed(transport::master_budget));
  }

  rpc::Master::Client master() { return connection_->bootstrap().castAs<rpc::Master>(); }
  kj::WaitScope& scope() { return io_.waitScope; }

 private:
  kj::AsyncIoContext io_;
  kj::Own<transport::Connection> connection_;
};

// A job that waits for workers, and is watched by the session that submitted it.
void submit_job_that_keeps_its_session(Peer& peer, const std::string& image) {
  auto session = peer.master().openSessionRequest().send().wait(peer.scope()).getSession();
  auto upload = session.uploadRequest();
  upload.setName("photo.png");
  upload.setSize(image.size());
  upload.setBytes({reinterpret_cast<const kj::byte*>(image.data()), image.size()});
  auto submit = session.submitRequest();
  auto job = submit.initJob();
  job.setId("own");
  job.setImage(upload.send().wait(peer.scope()).getImage());
  job.setFormat("png");
  job.setJpegQuality(90);
  job.setChroma("auto");
  job.initRecipe(1)[0].setFilter("invert");
  submit.setWatcher(session.castAs<rpc::JobWatcher>());
  submit.send().wait(peer.scope());
}

}  // namespace

TEST_CASE("a client that has its own session watch its job leaves nothing behind") {
  Cluster cluster(0);
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {60, 40});
  {
    Peer peer(cluster.address());
    submit_job_that_keeps_its_session(peer, bytes_of_file(photo));
    CHECK_THAT(cluster.admin({"jobs"}).output, Contains("waiting"));
  }
  wait_until("the client to leave",
             [&] { return cluster.admin({"jobs"}).output.find("waiting") == std::string::npos; });
  CHECK_THAT(cluster.admin({"clients"}).output, !Contains("127.0.0.1:"));
  CHECK_THAT(cluster.master().errors(), Contains("its client left"));
}

}  // namespace tilework::test
