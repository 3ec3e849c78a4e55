// A filter that does harm, in a line.
#pragma once

#include "../../plugins/test_filter.h"

#define HOSTILE_FILTER(NAME, FILTER) TEST_FILTER(NAME, FILTER, "Does harm.")
