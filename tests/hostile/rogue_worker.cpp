#include "tests/hostile/rogue_worker.h"

#include <stdexcept>

#include "schema/model/version.h"

namespace tilework::test {

class RogueWorker::Runner final : public rpc::StageRunner::Server {
 public:
  explicit Runner(RogueWorker& worker) : worker_(worker) {}

 protected:
  kj::Promise<void> run(RunContext context) override {
    ++worker_.asked_;
    return worker_.answer_(context);
  }

 private:
  RogueWorker& worker_;
};

class RogueWorker::Node final : public rpc::Worker::Server {
 public:
  explicit Node(RogueWorker& worker) : worker_(worker) {}

 protected:
  kj::Promise<void> open(OpenContext context) override {
    context.getResults().setRunner(kj::heap<Runner>(worker_));
    return kj::READY_NOW;
  }
  // It says that it has all of them.
  kj::Promise<void> announce(AnnounceContext context) override {
    const auto digests = context.getParams().getDigests();
    worker_.plugins_ = context.getParams().getPlugins();
    context.getResults().setPresent(digests);
    return kj::READY_NOW;
  }

 private:
  RogueWorker& worker_;
};

RogueWorker::RogueWorker(const std::string& master, const std::string& secret, Answer answer)
    : peer_(master), answer_(std::move(answer)) {
  auto request = peer_.master().joinRequest();
  auto worker = request.initWorker();
  worker.setName("rogue");
  worker.setSlots(4);
  worker.setVersion(version);
  request.setNode(kj::heap<Node>(*this));
  request.setSecret(secret);
  membership_ = request.send().wait(peer_.scope()).getMembership();
}

void RogueWorker::serve_until(const std::function<bool()>& ended, bool is_silent) {
  for (int round = 0; !ended(); ++round) {
    if (round > 600) throw std::runtime_error("a rogue worker served too long");
    if (!is_silent && round % 10 == 0) {
      membership_.heartbeatRequest().send().wait(peer_.scope());
    }
    peer_.timer().afterDelay(50 * kj::MILLISECONDS).wait(peer_.scope());
  }
}

std::string RogueWorker::refused_library(const std::string& digest) {
  serve_until([this] { return plugins_ != nullptr; });
  auto request = KJ_ASSERT_NONNULL(plugins_).getRequest();
  request.setDigest(digest);
  return refusal_of(peer_, request.send());
}

}  // namespace tilework::test
