// Each act becomes a test of its own; all of them meet the same cluster.
#include <iostream>
#include <memory>
#include <utility>

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/hostile/act.h"

namespace tilework::test {
namespace {

class Invoker : public Catch::ITestInvoker {
 public:
  Invoker(Act act, std::unique_ptr<Siege>& siege) : act_(std::move(act)), siege_(siege) {}
  void invoke() const override {
    if (!siege_) siege_ = std::make_unique<Siege>();
    siege_->endure(act_.play);
  }

 private:
  Act act_;
  std::unique_ptr<Siege>& siege_;  // made by the first
};

}  // namespace
}  // namespace tilework::test

int main(int count, char** words) {
  using namespace tilework::test;
  std::unique_ptr<Siege> siege;
  Catch::Session session;
  for (const auto& act : all_acts()) {
    // Catch owns it.
    Catch::AutoReg(new Invoker(act, siege), CATCH_INTERNAL_LINEINFO, {},
                   Catch::NameAndTags{act.name, "[" + act.kind + "]"});
  }
  const int failed = session.run(count, words);
  if (siege) std::cout << siege->summary();
  return failed;
}
