#include "schema/wire/stage.h"

#include <algorithm>

#include "schema/model/error.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"

namespace tilework::wire {
namespace {

constexpr std::size_t longest_tenant = 128;  // bytes

[[noreturn]] void nonsense(const char* what) {
  throw UserError(std::string("a message is broken: ") + what);
}

}  // namespace

// Overloads that only this file needs; in an unnamed namespace they would hide the public ones.
static void write(rpc::Size::Builder to, const cv::Size& from) {
  to.setWidth(from.width);
  to.setHeight(from.height);
}

static cv::Size read(rpc::Size::Reader from) {
  if (from.getWidth() < 1 || from.getHeight() < 1) nonsense("an empty size");
  return {from.getWidth(), from.getHeight()};
}

static engine::Step read(rpc::Step::Reader from) {
  constexpr int limit = 1 << 20;
  for (const int side : {from.getHaloLeft(), from.getHaloTop(), from.getHaloRight(), from.getHaloBottom()}) {
    if (side < 0 || side > limit) nonsense("an impossible halo");
  }
  if (from.getAlign() < 1 || from.getAlign() > limit) nonsense("an impossible lattice");
  return {from.getIsGlobal(),
          {from.getHaloLeft(), from.getHaloTop(), from.getHaloRight(), from.getHaloBottom(), from.getAlign()},
          read(from.getInput()),
          read(from.getOutput())};
}

static BoundCall read(rpc::BoundCall::Reader from) {
  BoundCall to{text(from.getFilter()), text(from.getDigest()), {}, text(from.getVersion())};
  const auto values = from.getValues();
  if (values.size() % 3 != 0) nonsense("parameters that aren't triples");
  for (unsigned i = 0; i < values.size(); i += 3)
    to.values.push_back({values[i], values[i + 1], values[i + 2]});
  return to;
}

std::string names_of(std::span<const BoundCall> calls) {
  std::string names;
  for (const auto& call : calls) names += (names.empty() ? "" : " + ") + call.filter + " " + call.version;
  return names;
}

void write(rpc::PixelFormat::Builder to, const PixelFormat& from) {
  to.setDepth(static_cast<std::uint8_t>(from.depth));
  to.setChannels(static_cast<std::uint8_t>(from.channels));
}

PixelFormat read(rpc::PixelFormat::Reader from) {
  if (from.getDepth() > 2 || from.getChannels() < 1 || from.getChannels() > 4)
    nonsense("an unknown pixel format");
  return {static_cast<Depth>(from.getDepth()), from.getChannels()};
}

void write(rpc::Rect::Builder to, const cv::Rect& from) {
  to.setX(from.x);
  to.setY(from.y);
  to.setWidth(from.width);
  to.setHeight(from.height);
}

cv::Rect read(rpc::Rect::Reader from) {
  return {from.getX(), from.getY(), from.getWidth(), from.getHeight()};
}

void write(rpc::BoundCall::Builder to, const BoundCall& from) {
  to.setFilter(from.filter);
  to.setDigest(from.digest);
  to.setVersion(from.version);
  auto values = to.initValues(static_cast<unsigned>(from.values.size() * 3));
  unsigned i = 0;
  for (const auto& value : from.values) {
    for (const double part : value) values.set(i++, part);
  }
}

std::vector<BoundCall> read(capnp::List<rpc::BoundCall>::Reader from) {
  std::vector<BoundCall> list;
  for (const auto call : from) list.push_back(read(call));
  return list;
}

void write(rpc::Step::Builder to, const engine::Step& from) {
  to.setIsGlobal(from.is_global);
  to.setHaloLeft(from.halo.left);
  to.setHaloTop(from.halo.top);
  to.setHaloRight(from.halo.right);
  to.setHaloBottom(from.halo.bottom);
  to.setAlign(from.halo.align);
  write(to.initInput(), from.input);
  write(to.initOutput(), from.output);
}

std::vector<engine::Step> read(capnp::List<rpc::Step>::Reader from) {
  std::vector<engine::Step> list;
  for (const auto step : from) list.push_back(read(step));
  return list;
}

void write(capnp::List<rpc::Step>::Builder to, const std::vector<engine::Step>& from) {
  for (unsigned i = 0; i < to.size(); ++i) write(to[i], from[i]);
}

void write(rpc::Stage::Builder to, const Stage& from) {
  write(to.initImage(), from.plan.image);
  write(to.initInput(), from.plan.input);
  write(to.initTile(), from.plan.tile);
  write_list(to.initCalls(static_cast<unsigned>(from.calls.size())), from.calls);
  write(to.initSteps(static_cast<unsigned>(from.plan.steps.size())), from.plan.steps);
  to.setDetects(from.detects);
  to.setJob(from.job);
  to.setTenant(from.tenant);
  to.setPass(static_cast<std::uint32_t>(from.pass));
  auto stats = to.initStats(static_cast<unsigned>(from.stats.size()));
  for (unsigned i = 0; i < stats.size(); ++i) stats.set(i, data(from.stats[i]));
}

Stage read(rpc::Stage::Reader from) {
  Stage to;
  to.plan = engine::make_plan(read(from.getImage()), read(from.getInput()), read(from.getSteps()),
                              read(from.getTile()));
  to.detects = from.getDetects();
  to.job = text(from.getJob());
  if (from.getTenant().size() > longest_tenant) nonsense("a tenant with too long a name");
  to.tenant = text(from.getTenant());
  to.pass = from.getPass();
  to.calls = read(from.getCalls());
  for (const auto stats : from.getStats()) to.stats.push_back(bytes(stats));
  if (to.calls.size() != to.plan.steps.size()) nonsense("a plan and a recipe of different lengths");
  if (to.pass >= to.plan.passes.size() || to.stats.size() != to.pass) nonsense("a pass without its stats");
  return to;
}

capnp::Data::Reader data(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> bytes(capnp::Data::Reader data) {
  const auto* begin = reinterpret_cast<const std::byte*>(data.begin());
  return {begin, begin + data.size()};
}

}  // namespace tilework::wire
