// A peer that speaks Cap'n Proto's RPC protocol by hand, message for message, and so can say what no library
// says. Over a socket that blocks. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <kj/io.h>

namespace tilework::test {

class HostilePeer {
 public:
  // Connects to a master at "127.0.0.1:7400". Throws std::runtime_error.
  explicit HostilePeer(const std::string& master);
  explicit HostilePeer(kj::AutoCloseFd socket);

  // Each answers false when the other side has closed the connection, or takes nothing for 5 s.
  bool send(capnp::MessageBuilder& message);
  bool send(kj::ArrayPtr<const kj::byte> bytes);
  // The beginning of a message that announces so many bytes, and the first of these.
  bool begin_message(std::uint64_t announced, std::size_t sent);
  bool bootstrap(std::uint32_t question);
  // A call whose target is what an earlier question will be answered with: its first capability, or itself.
  template <class Params>
  bool call(std::uint32_t question, std::uint32_t target, bool is_field, std::uint64_t interface,
            std::uint16_t method, const std::function<void(typename Params::Builder)>& fill = {}) {
    capnp::MallocMessageBuilder message;
    auto call = begin_call(message, question, target, is_field, interface, method);
    auto params = call.initParams().initContent().initAs<Params>();
    if (fill) fill(params);
    return send(message);
  }
  bool finish(std::uint32_t question);

  // Signs in as a client's, by questions 0 and 1; further calls go to what 1 is answered with. Returns when
  // the master has answered; false when it refused.
  bool open_session(const std::string& name = "hostile");

  // Reads and forgets what comes until the connection is closed, for `patience` at most; whether it was.
  bool closed_within(std::chrono::milliseconds patience);
  // Whether the next message's answer to `question` comes, with results.
  bool answered(std::uint32_t question);

 private:
  static capnp::rpc::Call::Builder begin_call(capnp::MessageBuilder& message, std::uint32_t question,
                                              std::uint32_t target, bool is_field, std::uint64_t interface,
                                              std::uint16_t method);

  kj::AutoCloseFd socket_;
};

}  // namespace tilework::test
