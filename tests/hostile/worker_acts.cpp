// Those who say that they are workers, and workers that have the join secret and don't do their work. What is
// wrong beyond doubt is refused and computed by others; of pixels that could be right nobody knows.
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include <catch2/catch.hpp>

#include "schema/transport/errors.h"
#include "tests/hostile/act.h"
#include "tests/hostile/rogue_worker.h"

namespace tilework::test {
namespace {

using Context = RunContext;

std::string secret_of(Siege& siege) {
  std::string line;
  std::getline(std::ifstream(siege.cluster().folder().file("state/join-secret")), line);
  return line;
}

// Results for all segments that were given, spoilt by `spoil`.
template <class Spoil>
kj::Promise<void> answered(Context context, Spoil spoil) {
  const auto count = context.getParams().getSegments().size();
  for (auto result : context.getResults().initResults(count)) spoil(result);
  return kj::READY_NOW;
}

kj::Promise<void> nothing_at_all(Context) {
  return kj::READY_NOW;
}
kj::Promise<void> never(Context) {
  return kj::NEVER_DONE;
}
kj::Promise<void> complaint(Context) {
  kj::throwFatalException(KJ_EXCEPTION(FAILED, "no\nlevel=error forged \x1b[31m"));
}
kj::Promise<void> too_many(Context context) {
  context.getResults().initResults(context.getParams().getSegments().size() + 1000);
  return kj::READY_NOW;
}
kj::Promise<void> empty_pixels(Context context) {
  return answered(context, [](auto result) { result.initPixels().initPlain(0); });
}
kj::Promise<void> long_pixels(Context context) {
  return answered(context, [](auto result) { result.initPixels().initPlain(16 << 20); });
}
kj::Promise<void> packed_nonsense(Context context) {
  return answered(context, [](auto result) {
    auto bytes = result.initPixels().initPacked(4096);
    std::fill(bytes.begin(), bytes.end(), kj::byte{0xa5});
  });
}
kj::Promise<void> pixels_of_others(Context context) {
  return answered(context, [](auto result) {
    auto shared = result.initPixels().initShared();
    shared.setSlab(1);
    shared.setOffset(0xffff'ffff'ffff'fff0);
    shared.setStride(0xffff'ffff'ffff);
  });
}
kj::Promise<void> stats_for_pixels(Context context) {
  return answered(context, [](auto result) { result.initStats(1 << 20); });
}
kj::Promise<void> failures(Context context) {
  return answered(context, [](auto result) {
    result.initFailure().setFilter("gaussian-blur\nlevel=error forged");
    result.getFailure().setReason(std::string(1 << 20, 'x') + "\x1b[31m");
  });
}
kj::Promise<void> troubles(Context context) {
  return answered(context, [](auto result) {
    result.initFailure().setReason("the disk is full");
    result.getFailure().setOfMachine(true);
  });
}
kj::Promise<void> false_findings(Context context) {
  return answered(context, [](auto result) {
    result.initPixels().initPlain(0);
    auto findings = result.initFindings();
    findings.setTotal(0xffff'ffff'ffff);
    findings.initFirst(10);
  });
}

// It serves while an honest job runs that asks it for segments. The job may wait for what this one never
// answers: then it is done when the worker has gone.
void serve(Siege& siege, const Answer& answer, bool is_silent = false) {
  std::optional<RogueWorker> worker(std::in_place, siege.cluster().address(), secret_of(siege), answer);
  const std::string result = siege.file("honest.png");
  auto job = siege.begin_honest(result);
  int rounds = 0;
  worker->serve_until([&] { return !job.running() || (worker->asked() > 0 && ++rounds > 20); }, is_silent);
  CHECK(worker->asked() > 0);
  worker.reset();
  siege.end_honest(job, result);
}

std::string join_with(Siege& siege, const std::string& secret) {
  try {
    const RogueWorker worker(siege.cluster().address(), secret, never);
    return "it worked";
  } catch (const kj::Exception& error) {
    return transport::from_kj(error).what();
  }
}

std::string ask_for_library(Siege& siege, const std::string& digest) {
  return RogueWorker(siege.cluster().address(), secret_of(siege), never).refused_library(digest);
}

struct Row {
  const char* name;
  const char* words;  // of the master's log
  kj::Promise<void> (*answer)(Context);
};

const std::array rows{Row{"worker-that-answers-nothing", "", nothing_at_all},
                      Row{"worker-that-never-answers", "", never},
                      Row{"worker-that-complains", "", complaint},
                      Row{"worker-of-too-many-results", "", too_many},
                      Row{"worker-of-empty-pixels", "", empty_pixels},
                      Row{"worker-of-long-pixels", "", long_pixels},
                      Row{"worker-of-packed-nonsense", "", packed_nonsense},
                      Row{"worker-of-others-pixels", "", pixels_of_others},
                      Row{"worker-of-stats-for-pixels", "", stats_for_pixels},
                      Row{"worker-that-blames-filters", "", failures},
                      Row{"worker-that-lacks-disk", "", troubles},
                      Row{"worker-of-false-findings", "", false_findings}};

struct Refusal {
  const char* name;
  const char* words;
  std::string (*play)(Siege& siege);
};

const std::array refusals{
    Refusal{"worker-without-secret", "--join-secret FILE", [](Siege& siege) { return join_with(siege, ""); }},
    Refusal{"worker-of-wrong-secret", "isn't this master's",
            [](Siege& siege) { return join_with(siege, std::string(64, '0')); }},
    Refusal{"worker-of-long-secret", "a newcomer may send 65536",
            [](Siege& siege) { return join_with(siege, std::string(1 << 20, '0')); }},
    Refusal{"worker-that-asks-for-secrets", "no plugin with the digest",
            [](Siege& siege) { return ask_for_library(siege, "../../state/admin-token"); }}};

}  // namespace

std::vector<Act> worker_acts() {
  std::vector<Act> acts;
  for (const Row& row : rows) {
    acts.push_back({row.name, row.words, [row](Siege& siege) {
                      serve(siege, row.answer);
                      CHECK(siege.master_says(row.words));
                    }});
  }
  acts.push_back({"worker-that-is-silent", "", [](Siege& siege) { serve(siege, never, true); }});
  for (const Refusal& row : refusals) {
    acts.push_back({row.name, row.words, [row](Siege& siege) {
                      const std::string reason = row.play(siege);
                      CHECK_THAT(reason, Catch::Contains(row.words));
                      CHECK(reason != "it worked");
                    }});
  }
  return acts;
}

}  // namespace tilework::test
