// Rows of CMYK or CIE L*a*b* made rows of sRGB. One thread at a time uses a transform.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/colour/lcms_pointer.h"

namespace tilework::imageio {

enum class ColourModel {
  cmyk,  // 0 is no ink
  // As TIFF stores it (TIFF 6.0, section 23, and Adobe's update of 2002): L* from 0 up to the type's largest
  // number, which is 100; a* and b* signed, in steps of 1 (8 bit) or of 1/256 (16 bit). White is D50.
  lab
};

// Interleaved samples that aren't one of our pixel formats yet.
struct RawColours {
  ColourModel model = ColourModel::cmyk;
  Depth depth = Depth::u8;  // or u16
  bool alpha = false;       // the last channel, which the colours aren't multiplied by

  int channels() const { return (model == ColourModel::cmyk ? 4 : 3) + (alpha ? 1 : 0); }
  int cv_type() const { return CV_MAKETYPE(depth == Depth::u8 ? CV_8U : CV_16U, channels()); }
  // Of what they become: CMYK keeps its depth, L*a*b* becomes 16 bit.
  PixelFormat converted() const { return {model == ColourModel::lab ? Depth::u16 : depth, alpha ? 4 : 3}; }
};

class ColourTransform {
 public:
  // `profile` is the file's own, and may be empty, damaged or of other colours: then CMYK is taken for
  // that of common offset printing. L*a*b* needs none. Adds to `notes` what was done. Throws tilework::Error.
  ColourTransform(RawColours raw, const std::string& profile, std::vector<std::string>& notes);

  // `from` is of raw.cv_type(), `to` of raw.converted().cv_type() and of the same size. Relative
  // colorimetric, without black point compensation; each sample within half a step of what the profile says.
  void convert(const cv::Mat& from, cv::Mat& to);

 private:
  // A colour that was converted before: photographs have few at a time, and lcms takes long for each.
  struct Known {
    std::uint32_t inks = 0;
    bool known = false;
    std::uint8_t bgr[3] = {};
  };

  void open_cmyk(const std::string& profile, std::vector<std::string>& notes);
  bool open_profile(const std::string& profile);
  void convert_lab(const cv::Mat& from, cv::Mat& to);
  void convert_inks(const std::uint8_t* from, std::uint8_t* to, int width);

  RawColours raw_;
  OwnedTransform transform_;
  std::vector<Known> known_;             // by a hash of the inks; empty before the first row
  std::vector<std::uint32_t> new_inks_;  // of a row
  std::vector<std::uint8_t> new_bgr_;    // what they become
  std::vector<int> new_places_;          // and where they are
};

}  // namespace tilework::imageio
