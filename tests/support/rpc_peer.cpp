#include "tests/support/rpc_peer.h"

namespace tilework::test {

RpcPeer::RpcPeer(const std::string& master) : io_(kj::setupAsyncIo()) {
  auto address = io_.provider->getNetwork().parseAddress(master).wait(io_.waitScope);
  connection_ = kj::heap<transport::Connection>(address->connect().wait(io_.waitScope),
                                                capnp::rpc::twoparty::Side::CLIENT, transport::nothing(),
                                                transport::fixed(transport::master_budget));
}

rpc::ClientSession::Client RpcPeer::session(const std::string& name) {
  auto request = master().openSessionRequest();
  request.getClient().setName(name);
  return request.send().wait(io_.waitScope).getSession();
}

rpc::Image::Client RpcPeer::image(rpc::ClientSession::Client session, const std::string& bytes) {
  auto request = session.uploadRequest();
  request.setName("image.png");
  request.setSize(bytes.size());
  request.setBytes(kj::arrayPtr(bytes.data(), bytes.size()).asBytes());
  return request.send().wait(io_.waitScope).getImage();
}

}  // namespace tilework::test
