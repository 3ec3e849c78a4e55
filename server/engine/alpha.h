// The arithmetic of filters that read neighbours and know nothing of alpha: colours are weighed by alpha
// before such a filter, alpha goes through it likewise, and the result is divided by what becomes of alpha.
// So a pixel that can't be seen has no say in its neighbours' colours.
//
// A pixel's result depends on its own values alone, never on its place in a row: tiles give what the whole
// image gives. Pure; any thread.
#pragma once

#include <opencv2/core.hpp>
#include <tilework/types.h>

namespace tilework::engine {

// The last channel of an image with alpha. Float is clamped to 0..1; what isn't a number becomes 0.
cv::Mat alpha_of(const cv::Mat& in);

// Colours of 1 or 3 channels times alpha, of which white is 1; both of one depth. Black where alpha is 0,
// also for colours that are no number.
cv::Mat weigh(const cv::Mat& colour, const cv::Mat& alpha);

// The other way round. Black where nothing is to be seen; at 8 and 16 bit a colour beyond its alpha is white.
// In float colours may lie beyond white, as they may elsewhere, and an alpha below a millionth counts as 0.
cv::Mat unweigh(const cv::Mat& weighed, const cv::Mat& alpha);

// 255 for each pixel of place.segment for which a filter of this halo reads alpha that is white everywhere,
// and else 0. `alpha` holds the segment. Right for the pixels of place.tile; for others the segment's border
// counts as the image's.
cv::Mat opaque_surroundings(const cv::Mat& alpha, const Halo& halo, const Place& place);

}  // namespace tilework::engine
