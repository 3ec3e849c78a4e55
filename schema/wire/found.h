// What was found in a tile, between its C++ value and Cap'n Proto. Pure; any thread.
#pragma once

#include "schema/common.capnp.h"
#include "server/engine/findings.h"

namespace tilework::wire {

void write(rpc::Findings::Builder to, engine::FindingList from);

// Throws UserError for findings that make no sense, are more than pixels, or belong to another tile than this
// one of the image.
engine::FindingList read(rpc::Findings::Reader from, cv::Rect tile, cv::Size image);

}  // namespace tilework::wire
