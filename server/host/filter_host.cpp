#include "server/host/filter_host.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include "schema/model/clean_text.h"
#include "schema/transport/errors.h"
#include "schema/wire/found.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "schema/wire/stage.h"
#include "server/engine/executor.h"
#include "server/host/isolation.h"

namespace tilework::host {
namespace {

// Bytes. What a plugin throws may have any length, and anybody's memory is to hold it on its way.
constexpr std::size_t longest_reason = 1000;

// transport::method(), with what the body throws in a few words.
template <class Body>
auto method(Body&& body) -> decltype(body()) {
  return transport::method([&] {
    try {
      return body();
    } catch (const Error& error) {
      throw Error(error.fault(), clean_line(error.what(), longest_reason));
    } catch (const kj::Exception&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(Fault::failed, clean_line(error.what(), longest_reason));
    }
  });
}

// Runs filters. One that found no more memory ends the host: what it has left behind isn't known.
template <class Body>
auto watched(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    // OpenCV's words and the C++ runtime's, which a plugin hands on as text.
    for (const char* words : {"Insufficient memory", "bad_alloc"}) {
      if (std::strstr(error.what(), words) != nullptr) ::_exit(exit_over_memory);
    }
    throw;
  }
}

class ChainServer final : public rpc::Chain::Server {
 public:
  ChainServer(std::shared_ptr<ReceivedSlabs> slabs, engine::Chain chain, const wire::Stage& stage)
      : slabs_(std::move(slabs)),
        plan_(stage.plan),
        pass_(plan_.passes.at(stage.pass)),
        chain_(std::move(chain)),
        detects_(stage.detects && std::ranges::any_of(chain_.filters, &engine::BoundFilter::is_detector)) {
    if (engine::describe_steps(chain_.filters, plan_.input) != plan_.steps) {
      throw UserError("the plan doesn't fit the filters that it names");
    }
    for (std::size_t i = 0; i < stage.stats.size(); ++i) {
      const std::size_t step = plan_.passes.at(i).applied;
      chain_.stats.at(step) = chain_.filters.at(step).read_stats(stage.stats[i]);
    }
    if (pass_.analyses) merger_.emplace(chain_.filters.at(pass_.applied));
  }

 protected:
  kj::Promise<void> run(RunContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto params = context.getParams();
      if (pass_.analyses) throw UserError("this pass analyses");
      std::vector<cv::Mat> outputs;
      for (const auto segment : params.getSegments()) {
        slabs_->at(segment.getOutput().getSlab())->populate();
        outputs.push_back(
            matrix_at(segment.getOutput(), checked(wire::read(segment.getTile())).size(), plan_.output));
      }
      const auto marks = marks_around(outputs, params.getSegments());
      std::vector<engine::FindingList> found(detects_ ? outputs.size() : 0);
      for (unsigned i = 0; i < outputs.size(); ++i) {
        const cv::Rect tile = wire::read(params.getSegments()[i].getTile());
        const cv::Mat segment = segment_at(params.getSegments()[i].getInput(), tile);
        auto* const findings = detects_ ? &found[i] : nullptr;
        watched([&] { engine::run_tile(plan_, pass_, chain_, tile, segment, outputs[i], findings); });
      }
      if (!std::ranges::all_of(marks, &Marked::is_whole)) ::_exit(exit_wrote_outside);
      if (!detects_) return kj::READY_NOW;
      auto list = context.getResults().initFindings(static_cast<unsigned>(found.size()));
      for (unsigned i = 0; i < list.size(); ++i) wire::write(list[i], std::move(found[i]));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> analyse(AnalyseContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto params = context.getParams();
      if (!merger_) throw UserError("this pass doesn't analyse");
      const cv::Rect tile = checked(wire::read(params.getTile()));
      const cv::Mat segment = segment_at(params.getInput(), tile);
      const auto stats = watched([&] { return engine::analyse_tile(plan_, pass_, chain_, tile, segment); });
      context.getResults().setStats(
          wire::data(chain_.filters[pass_.applied].write_stats(stats, engine::most_tile_stats)));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> merge(MergeContext context) override {
    return method([&]() -> kj::Promise<void> {
      if (!merger_) throw UserError("this pass doesn't analyse");
      const auto bytes = wire::bytes(context.getParams().getStats());
      merger_->add(chain_.filters[pass_.applied].read_stats(bytes));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> check(CheckContext context) override {
    return method([&]() -> kj::Promise<void> {
      if (!merger_) throw UserError("this pass doesn't analyse");
      chain_.filters[pass_.applied].read_stats(wire::bytes(context.getParams().getStats()));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> finish(FinishContext context) override {
    return method([&]() -> kj::Promise<void> {
      if (!merger_) throw UserError("this pass doesn't analyse");
      const auto stats = merger_->finish();
      context.getResults().setStats(wire::data(chain_.filters[pass_.applied].write_stats(stats)));
      return kj::READY_NOW;
    });
  }

 private:
  cv::Rect checked(cv::Rect tile) const {
    const cv::Rect inside = tile & engine::bounds(plan_.image);
    if (tile.empty() || inside != tile) throw UserError("a tile lies outside the image");
    return tile;
  }

  // Of each output: the room up to the one before and after it, or to the ends of the slab.
  std::vector<Marked> marks_around(const std::vector<cv::Mat>& outputs,
                                   capnp::List<rpc::HostSegment>::Reader segments) {
    std::vector<Marked> marks;
    if (outputs.empty()) return marks;
    Slab& slab = *slabs_->at(segments[0].getOutput().getSlab());
    std::byte* room = slab.data();
    if (!slab.is_writable()) throw UserError("tiles lie in memory that is to be read alone");
    for (unsigned i = 0; i < outputs.size(); ++i) {
      auto* const begin = reinterpret_cast<std::byte*>(outputs[i].data);
      std::byte* const end = begin + outputs[i].total() * outputs[i].elemSize();
      std::byte* const next = i + 1 < outputs.size() ? reinterpret_cast<std::byte*>(outputs[i + 1].data)
                                                     : slab.data() + slab.size();
      if (segments[i].getOutput().getSlab() != segments[0].getOutput().getSlab() || begin < room ||
          next < end) {
        throw UserError("tiles of a bundle overlap");
      }
      marks.emplace_back(room, begin, static_cast<std::size_t>(end - begin), next);
      room = end;
    }
    return marks;
  }

  cv::Mat matrix_at(rpc::SharedPixels::Reader where, cv::Size size, PixelFormat format) {
    return pixels_in(*slabs_->at(where.getSlab()), where, size, format);
  }

  cv::Mat segment_at(rpc::SharedPixels::Reader where, cv::Rect tile) {
    return matrix_at(where, engine::segment_of(plan_, pass_, tile).size(), plan_.input);
  }

  std::shared_ptr<ReceivedSlabs> slabs_;
  engine::Plan plan_;
  engine::Pass pass_;
  engine::Chain chain_;
  bool detects_;
  std::optional<engine::StatsMerger> merger_;
};

}  // namespace

// A file that is refused stays, so that it is refused again.
const PluginLibrary& FilterHost::library(const std::string& digest) {
  if (const auto found = libraries_.find(digest); found != libraries_.end()) return found->second;
  const auto& library = libraries_.try_emplace(digest, files_->open(digest), digest).first->second;
  files_->forget(digest);
  return library;
}

// The master has loaded the library before: what doesn't load here lacks something on this machine.
const TileworkFilter& FilterHost::table(const wire::BoundCall& call) {
  try {
    return library(call.digest).table(call.filter);
  } catch (const UserError& error) {
    throw Error(Fault::machine, call.filter + ": " + error.what());
  }
}

engine::Chain FilterHost::bind(const std::vector<wire::BoundCall>& calls) {
  std::vector<engine::BoundFilter> filters;
  filters.reserve(calls.size());
  for (const auto& call : calls) filters.emplace_back(table(call), call.values);
  engine::Chain chain(std::move(filters));
  chain.memory = &memory_;
  chain.check_memory = [this] {
    if (!memory_.is_whole()) ::_exit(exit_wrote_outside);
  };
  return chain;
}

kj::Promise<void> FilterHost::isolation(IsolationContext context) {
  context.getResults().setInForce(isolation_);
  return kj::READY_NOW;
}

kj::Promise<void> FilterHost::slabs(SlabsContext context) {
  context.getResults().setTable(slabs_->table());
  return kj::READY_NOW;
}

kj::Promise<void> FilterHost::provide(ProvideContext context) {
  const auto params = context.getParams();
  return files_->receive(params.getDigest(), params.getFile());
}

kj::Promise<void> FilterHost::scan(ScanContext context) {
  return method([&]() -> kj::Promise<void> {
    const auto& filters = library(context.getParams().getDigest()).filters();
    wire::write_list(context.getResults().initFilters(static_cast<unsigned>(filters.size())), filters);
    return kj::READY_NOW;
  });
}

kj::Promise<void> FilterHost::describe(DescribeContext context) {
  return method([&]() -> kj::Promise<void> {
    const auto params = context.getParams();
    const auto chain = bind(wire::read(params.getCalls()));
    const auto steps = engine::describe_steps(chain.filters, wire::read(params.getInput()));
    wire::write(context.getResults().initSteps(static_cast<unsigned>(steps.size())), steps);
    return kj::READY_NOW;
  });
}

kj::Promise<void> FilterHost::open(OpenContext context) {
  return method([&]() -> kj::Promise<void> {
    const auto stage = wire::read(context.getParams().getStage());
    context.getResults().setChain(kj::heap<ChainServer>(slabs_, bind(stage.calls), stage));
    return kj::READY_NOW;
  });
}

}  // namespace tilework::host
