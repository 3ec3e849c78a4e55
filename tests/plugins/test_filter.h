// A filter without halo and parameters, whose apply() follows.
#pragma once

#include <tilework/filter.h>

#define TEST_FILTER(NAME, FILTER, DOES)                                                      \
  struct NAME {                                                                              \
    static constexpr tilework::About about{                                                  \
        .name = FILTER, .version = "1.0.0", .label = FILTER, .group = "Test", .help = DOES}; \
    tilework::Halo halo() const { return tilework::Halo::none(); }                           \
    void apply(const cv::Mat& in, cv::Mat& out) const;                                       \
  };                                                                                         \
  void NAME::apply([[maybe_unused]] const cv::Mat& in, [[maybe_unused]] cv::Mat& out) const
