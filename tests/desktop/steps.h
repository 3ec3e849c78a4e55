// What a person does with the desktop client time and again. One thread.
#pragma once

#include <string>

#include <opencv2/core.hpp>

#include "tests/desktop/desktop.h"

namespace tilework::test {

// True, with a word, where there can be no screen.
bool skipped();

// Adds a filter as one does who knows a part of its name.
void add_filter(Desktop& desktop, const std::string& search, const std::string& filter);

// Into the dialog that is open, with Return.
void type_path(Desktop& desktop, const std::string& path);

// How much of two pictures differs, 0 to 1.
double different_part(const cv::Mat& a, const cv::Mat& b);

// The viewport, once it shows all of the newest result, no longer what it showed `before`, and stands still.
cv::Mat next_picture(Desktop& desktop, const cv::Mat& before);

}  // namespace tilework::test
