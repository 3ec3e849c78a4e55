// Who hands a master its own capabilities where his are expected: what holds them would keep itself.
#include <catch2/catch.hpp>

#include "schema/master.capnp.h"
#include "tests/integration/cluster.h"
#include "tests/support/rpc_peer.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;

// A job that waits for workers, and is watched by the session that submitted it.
void submit_job_that_keeps_its_session(RpcPeer& peer, const std::string& image) {
  auto session = peer.session();
  auto submit = session.submitRequest();
  auto job = submit.initJob();
  job.setId("own");
  job.setImage(peer.image(session, image));
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
    RpcPeer peer(cluster.address());
    submit_job_that_keeps_its_session(peer, bytes_of_file(photo));
    CHECK_THAT(cluster.admin({"jobs"}).output, Contains("waiting"));
  }
  wait_until("the client to leave",
             [&] { return cluster.admin({"jobs"}).output.find("waiting") == std::string::npos; });
  CHECK_THAT(cluster.admin({"clients"}).output, !Contains("127.0.0.1:"));
  CHECK_THAT(cluster.master().errors(), Contains("its client left"));
}

}  // namespace tilework::test
