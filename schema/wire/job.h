// Lists of filters, progress, results and the state of a cluster, between Cap'n Proto and their C++ values.
// Pure; any thread.
#pragma once

#include "schema/master.capnp.h"
#include "schema/model/job.h"
#include "schema/model/recipe.h"

namespace tilework::wire {

FilterList read_filters(rpc::ClientSession::FiltersResults::Reader from);
JobProgress read(rpc::Progress::Reader from);  // throws UserError for a state that it doesn't know
JobResult read(rpc::JobResult::Reader from);
void write(rpc::JobResult::UsedFilter::Builder to, const UsedFilter& from);
ClusterStatus read(rpc::ClusterStatus::Reader from);

}  // namespace tilework::wire
