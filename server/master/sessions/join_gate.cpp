#include "server/master/sessions/join_gate.h"

#include "schema/model/error.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

// A worker that is refused tries again and again.
constexpr auto interval_of_lines = 5 * kj::SECONDS;

constexpr const char* what_to_do =
    ": copy the file join-secret from the master's state folder, which its log names, to the worker's "
    "machine, "
    "with mode 0600, and name it with --join-secret FILE or $TILEWORK_JOIN_SECRET_FILE. A worker needs none "
    "beside its master: on the same machine, as the same user, in the same network namespace";

}  // namespace

JoinGate::JoinGate(const std::filesystem::path& folder, kj::Timer& timer)
    : secret_(folder, server::join_secret), seldom_(timer, interval_of_lines) {}

void JoinGate::admit(const std::string& peer, bool is_local, capnp::Text::Reader secret) {
  if (is_local || secret_.matches({secret.begin(), secret.size()})) return;
  const bool has_shown_one = secret.size() > 0;
  if (const auto others = seldom_.due()) {
    spdlog::warn("worker refused peer={} secret={} others_before={}", peer, has_shown_one ? "wrong" : "none",
                 *others);
  }
  throw Error(Fault::denied,
              (has_shown_one ? "the join secret that was shown isn't this master's"
                             : "over the network, this master takes workers that show its join secret "
                               "alone") +
                  std::string(what_to_do));
}

}  // namespace tilework::master
