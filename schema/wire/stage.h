// Plans, and the calls that they are made of, between their C++ values and Cap'n Proto. Reading checks all
// that the engine relies on, and throws UserError. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "schema/common.capnp.h"
#include "server/engine/plan.h"

namespace tilework::wire {

// A filter call with its parameters resolved, and the digest of the library that it comes from.
struct BoundCall {
  std::string filter;
  std::string digest;
  std::vector<PackedValue> values;
  std::string version;  // for messages
};

// For messages: "gaussian-blur 1.0.0 + sharpen 1.0.0".
std::string names_of(std::span<const BoundCall> calls);

// What is the same for every segment of one pass.
struct Stage {
  engine::Plan plan;
  std::size_t pass = 0;
  std::vector<BoundCall> calls;
  std::vector<std::vector<std::byte>> stats;  // of the passes before this one
  bool detects = false;                       // what detectors find is wanted
  std::string job;                            // the job's id, for logs; empty for a preview
  std::string tenant{};                       // work of different tenants meets in no filter host
};

void write(rpc::PixelFormat::Builder to, const PixelFormat& from);
PixelFormat read(rpc::PixelFormat::Reader from);

void write(rpc::Rect::Builder to, const cv::Rect& from);
cv::Rect read(rpc::Rect::Reader from);

void write(rpc::BoundCall::Builder to, const BoundCall& from);
std::vector<BoundCall> read(capnp::List<rpc::BoundCall>::Reader from);

void write(rpc::Step::Builder to, const engine::Step& from);
// Into a list that was initialised with as many elements as `from` has.
void write(capnp::List<rpc::Step>::Builder to, const std::vector<engine::Step>& from);
std::vector<engine::Step> read(capnp::List<rpc::Step>::Reader from);

void write(rpc::Stage::Builder to, const Stage& from);
Stage read(rpc::Stage::Reader from);

capnp::Data::Reader data(const std::vector<std::byte>& bytes);
std::vector<std::byte> bytes(capnp::Data::Reader data);

}  // namespace tilework::wire
