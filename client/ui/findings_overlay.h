// Boxes over the picture around what detectors found. The user interface's thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <imgui.h>

#include "client/preview/viewport.h"
#include "schema/model/finding.h"

namespace tilework::client {

// Boxes are drawn for so many findings in a frame at most; a line says so when there are more on screen.
inline constexpr std::size_t most_boxes = 5000;

// For a resolved viewport whose corner is at `origin`. `marked` is the place of one of the findings.
void draw_findings(ImDrawList& list, const std::vector<Finding>& findings, const Viewport& view,
                   Screen screen, Point origin, std::optional<std::size_t> marked);

// The smallest box around a point of the image, with `reach` pixels of the image around it.
std::optional<std::size_t> finding_at(const std::vector<Finding>& findings, Point at, double reach);

// Where a viewport has to be for a box to be seen: in the middle, and large enough to make it out.
Viewport viewport_on(const Region& box, const Viewport& now, Screen screen);

}  // namespace tilework::client
