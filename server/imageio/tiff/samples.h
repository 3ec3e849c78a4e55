// Samples as files store them, of any number of bits, as one of our depths. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::imageio {

struct SampleType {
  enum class Kind { whole, negative_too, floating };  // the second in two's complement
  Kind kind = Kind::whole;
  int bits = 8;
  friend bool operator==(const SampleType&, const SampleType&) = default;
};

// Whether there is a depth for it.
bool has_depth(SampleType type);
// What unpack() makes of it: whole numbers of up to 16 bits are scaled so that white stays white, all others
// become floating point numbers of the same value, rounded if they have more than 24 significant bits.
Depth depth_of(SampleType type);
bool is_rounded(SampleType type);  // by that

// As depth_of(), without a change.
bool is_ours(SampleType type);

// Turns packed samples into `out`, a row of one channel, of depth_of(type). Samples of 8, 16, 24, 32 and 64
// bits lie in the machine's byte order; others follow each other from the highest bit of each byte on, as in
// "TIFF Revision 6.0".
void unpack(const std::uint8_t* packed, SampleType type, cv::Mat out);

// What it makes of a sample of this value; none if a sample can't have it.
std::optional<double> unpacked(double value, SampleType type);

// Turns packed indices into `out`, as they are, in 16 bits.
void unpack_indices(const std::uint8_t* packed, int bits, cv::Mat out);

// Of a row or more with alpha as the last channel: divides colours by it, where they were multiplied.
void divide_by_alpha(cv::Mat& rows);

// What is light becomes dark: v becomes white - v, but for the last channel if that is alpha.
void invert(cv::Mat& rows, double white, bool has_alpha);

}  // namespace tilework::imageio
