#include "server/codec_host/messages.h"

#include <algorithm>

#include "schema/model/error.h"
#include "schema/wire/stage.h"
#include "schema/wire/text.h"
#include "server/engine/geometry.h"

namespace tilework::codec {
namespace {

constexpr unsigned most_notes = 100;

bool is_possible(const imageio::Info& info, const imageio::Limits& limits) {
  return info.size.width > 0 && info.size.height > 0 &&
         std::max(info.size.width, info.size.height) <= limits.side &&
         engine::area(info.size) <= limits.pixels && imageio::is_format(info.file_format) &&
         info.held_bytes >= 0;
}

}  // namespace

void write(rpc::ImageLimits::Builder to, const imageio::Limits& from) {
  to.setPixels(from.pixels);
  to.setSide(from.side);
  to.setDecoderBytes(from.decoder_bytes);
  to.setExpansion(from.expansion);
}

imageio::Limits read(rpc::ImageLimits::Reader from) {
  return {.pixels = from.getPixels(),
          .side = from.getSide(),
          .decoder_bytes = from.getDecoderBytes(),
          .expansion = from.getExpansion()};
}

void write(rpc::ImageInfo::Builder to, const imageio::Info& from) {
  write(to.initSize(), from.size);
  wire::write(to.initFormat(), from.format);
  to.setFileFormat(from.file_format);
  write(to.initNotes(static_cast<unsigned>(from.notes.size())), from.notes);
  to.setHeldBytes(from.held_bytes);
  to.setNeedsFile(from.needs_file);
}

imageio::Info read(rpc::ImageInfo::Reader from, const imageio::Limits& limits) {
  imageio::Info info{.size = read(from.getSize()),
                     .format = wire::read(from.getFormat()),
                     .file_format = wire::text(from.getFileFormat()),
                     .notes = read(from.getNotes()),
                     .held_bytes = from.getHeldBytes(),
                     .needs_file = from.getNeedsFile()};
  if (!is_possible(info, limits)) throw Error(Fault::failed, "it says what no image can be");
  info.held_bytes = std::min(info.held_bytes, limits.decoder_bytes);
  return info;
}

void write(rpc::OutputSettings::Builder to, const imageio::OutputSettings& from) {
  to.setFormat(from.format);
  to.setJpegQuality(from.jpeg_quality);
  to.setChroma(from.chroma);
  to.setCompression(from.compression);
  to.setLossless(from.lossless);
}

imageio::OutputSettings read(rpc::OutputSettings::Reader from) {
  return {.format = wire::text(from.getFormat()),
          .jpeg_quality = from.getJpegQuality(),
          .chroma = wire::text(from.getChroma()),
          .compression = wire::text(from.getCompression()),
          .lossless = from.getLossless()};
}

void write(rpc::Size::Builder to, cv::Size from) {
  to.setWidth(from.width);
  to.setHeight(from.height);
}

cv::Size read(rpc::Size::Reader from) {
  return {from.getWidth(), from.getHeight()};
}

void write(capnp::List<capnp::Text>::Builder to, const std::vector<std::string>& from) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, from[i]);
}

std::vector<std::string> read(capnp::List<capnp::Text>::Reader from) {
  std::vector<std::string> list;
  for (unsigned i = 0; i < std::min(from.size(), most_notes); ++i) list.push_back(wire::text(from[i]));
  return list;
}

}  // namespace tilework::codec
