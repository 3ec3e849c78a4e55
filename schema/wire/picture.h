// Open images and what is rendered of them, between Cap'n Proto and their C++ values. Reading throws
// UserError for values that no honest peer sends. Pure; any thread.
#pragma once

#include "schema/master.capnp.h"
#include "schema/model/picture.h"

namespace tilework::wire {

Picture read(rpc::Picture::Reader from);
void write(rpc::RenderRequest::Builder to, const RenderRequest& from);
// Its pixels are the message's.
Piece read(rpc::PieceSink::PieceParams::Reader from);
ResultPiece read(rpc::JobWatcher::PieceParams::Reader from);
RenderOutcome read(rpc::RenderResult::Reader from);

}  // namespace tilework::wire
