// What becomes of a TIFF file's picture, by what its directory says: our pixels, notes, or a refusal. Pure;
// any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/colour/colour_transform.h"
#include "server/imageio/tiff/samples.h"
#include "server/imageio/tiff/tiff_fields.h"

namespace tilework::imageio {

struct TiffKind {
  enum class Way {
    samples,    // as they are stored, turned into ours
    as_rgb,     // JPEG of YCbCr, whose decoder gives RGB samples
    by_pieces,  // YCbCr, of which libtiff makes 8-bit RGB, a strip or tile at a time
  };
  Way way = Way::samples;
  SampleType samples;
  PixelFormat format;  // that the reader gives; the file may have a channel more, which is left out
  std::optional<RawColours> raw;  // these, then, and `format` has as many channels
  cv::Mat palette;                // one row: gray, or BGR; empty if there is none
  bool inverted = false;
  double white = 0;  // of an inverted picture, in the samples that it is read as
  bool has_alpha = false;
  bool premultiplied = false;
  std::vector<std::string> notes;
};

// Throws UserError for a picture of a kind that can't be read; `name` is for the message.
TiffKind kind_of(const TiffFields& fields, const std::string& name);

}  // namespace tilework::imageio
