// The conformance suite on all plugins together; tools/plugin_check/suite has the checks.
#include <deque>

#include <catch2/catch.hpp>

#include "tests/support/loaded_plugins.h"
#include "tools/plugin_check/suite/suite.h"

namespace tilework::test {
namespace {

class CatchObserver final : public conformance::Observer {
 public:
  std::optional<bool> at(const conformance::CaseText& where) override {
    where_ = to_text(where);
    CHECK(!where_.empty());
    ++cases_;
    return std::nullopt;
  }
  void found(const conformance::Finding& finding) override { FAIL_CHECK(where_ << ": " << finding.what); }
  int cases() const { return cases_; }

 private:
  std::string where_;
  int cases_ = 0;
};

const std::vector<LoadedFilter>& filters() {
  static const auto list = load_filters(TILEWORK_PLUGIN_DIR);
  return list;
}

class CheckInvoker final : public Catch::ITestInvoker {
 public:
  explicit CheckInvoker(const conformance::Check& check) : check_(check) {}
  void invoke() const override {
    CatchObserver observer;
    check_.run({filters(), {}, observer});
    CHECK(observer.cases() > 0);
  }

 private:
  const conformance::Check& check_;
};

// A test case for each check, under its name, so that no check can be left out here.
const std::deque<Catch::AutoReg>& test_cases() {
  static const auto registered = [] {
    std::deque<Catch::AutoReg> cases;
    for (const auto& check : conformance::all_checks()) {
      // Catch owns the invoker.
      cases.emplace_back(new CheckInvoker(check), CATCH_INTERNAL_LINEINFO, Catch::StringRef(),
                         Catch::NameAndTags(check.name));
    }
    return cases;
  }();
  return registered;
}
[[maybe_unused]] const auto& registered = test_cases();

}  // namespace
}  // namespace tilework::test
