// The master's side of previews: an open image, and what recipes make of the part of it that somebody looks
// at. On the event loop's thread.
//
// The stats of global filters are kept while neither the recipe nor the plugins change, so that the same
// view, or the next one, costs its pixels alone. Stats are those of the whole image at the level that is
// shown; at full size they are those of a job.
#pragma once

#include <kj/async.h>

#include "schema/master.capnp.h"
#include "server/master/jobs/job_services.h"
#include "server/master/previews/open_image.h"

namespace tilework::master {

// For one client. The state outlives it.
rpc::Preview::Client make_preview(JobServices& state, std::uint64_t client, kj::Own<OpenImage> image);

}  // namespace tilework::master
