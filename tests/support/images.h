// Images that tests make for themselves, from a seed: the conformance suite's.
#pragma once

#include "tools/plugin_check/suite/images.h"

namespace tilework::test {

using conformance::make_image;
using conformance::Scene;

}  // namespace tilework::test
