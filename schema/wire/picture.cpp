#include "schema/wire/picture.h"

#include <span>

#include "schema/model/error.h"
#include "schema/wire/finding.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "schema/wire/worker.h"

namespace tilework::wire {
namespace {

SampleFormat read_format(rpc::PixelFormat::Reader from) {
  if (from.getDepth() > 2 || from.getChannels() < 1 || from.getChannels() > 4) {
    throw UserError("pixels of an unknown format were received");
  }
  return {static_cast<SampleDepth>(from.getDepth()), from.getChannels()};
}

template <class Params>
Piece read_piece(const Params& from) {
  Piece to;
  const auto place = from.getPlace();
  to.place = {place.getX(), place.getY(), place.getWidth(), place.getHeight()};
  to.format = read_format(from.getFormat());
  const auto pixels = from.getPixels();
  const auto bytes = static_cast<std::size_t>(to.format.bytes());
  // Not the bytes of the whole: that may be too large a number.
  const auto expected = static_cast<std::uint64_t>(std::int64_t{to.place.width} * to.place.height);
  if (to.place.width < 1 || to.place.height < 1 || pixels.size() % bytes != 0 ||
      pixels.size() / bytes != expected) {
    throw UserError("a piece of a picture has the wrong size");
  }
  if (!fits_some_image(to.place)) throw UserError("a piece of a picture lies outside of any");
  to.pixels = std::as_bytes(std::span(pixels.begin(), pixels.size()));
  return to;
}

}  // namespace

Picture read(rpc::Picture::Reader from) {
  Picture to;
  to.width = from.getSize().getWidth();
  to.height = from.getSize().getHeight();
  to.format = read_format(from.getFormat());
  if (to.width < 1 || to.height < 1 || from.getLevels() < 1 || from.getLevels() > 31) {
    throw UserError("an image of an impossible size was received");
  }
  to.levels = static_cast<int>(from.getLevels());
  for (const auto note : from.getNotes()) to.notes.push_back(text(note));
  return to;
}

void write(rpc::RenderRequest::Builder to, const RenderRequest& from) {
  write_list(to.initRecipe(static_cast<unsigned>(from.recipe.size())), from.recipe);
  to.setLevel(static_cast<std::uint32_t>(from.level));
  to.setExactStats(from.exact_stats);
  to.setProvisional(from.provisional);
  to.setDetects(from.detects);
  auto regions = to.initRegions(static_cast<unsigned>(from.regions.size()));
  for (unsigned i = 0; i < regions.size(); ++i) {
    regions[i].setX(from.regions[i].x);
    regions[i].setY(from.regions[i].y);
    regions[i].setWidth(from.regions[i].width);
    regions[i].setHeight(from.regions[i].height);
  }
}

Piece read(rpc::PieceSink::PieceParams::Reader from) {
  return read_piece(from);
}

ResultPiece read(rpc::JobWatcher::PieceParams::Reader from) {
  constexpr int most = 1024;  // pixels a side
  ResultPiece to{from.getWhole().getWidth(), from.getWhole().getHeight(), read_piece(from)};
  const Region& place = to.piece.place;
  if (to.width < 1 || to.height < 1 || to.width > most || to.height > most || place.x < 0 || place.y < 0 ||
      place.x > to.width - place.width || place.y > to.height - place.height ||
      to.piece.format.depth != SampleDepth::u8) {
    throw UserError("a piece of a result doesn't fit into its picture");
  }
  return to;
}

RenderOutcome read(rpc::RenderResult::Reader from) {
  RenderOutcome to;
  for (const auto place : from.getApproximate()) to.approximate.push_back(place);
  for (const auto place : from.getReducedStats()) to.reduced_stats.push_back(place);
  to.provisional = from.getProvisional();
  to.findings = read(from.getFindings());
  to.time = bounded<std::chrono::microseconds>(from.getMicroseconds());
  return to;
}

}  // namespace tilework::wire
