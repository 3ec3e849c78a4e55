// Fills lists of Cap'n Proto. It finds the write() of what is included here alone, since values are of other
// namespaces. Pure; any thread.
#pragma once

#include "schema/wire/admin.h"
#include "schema/wire/finding.h"
#include "schema/wire/job.h"
#include "schema/wire/recipe.h"

namespace tilework::wire {

// Fills a list that was initialised with as many elements as `from` has.
template <class List, class Values>
void write_list(List to, const Values& from) {
  unsigned i = 0;
  for (const auto& value : from) write(to[i++], value);
}

}  // namespace tilework::wire
