#include "schema/wire/found.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "schema/model/error.h"
#include "schema/wire/finding.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "server/engine/geometry.h"

namespace tilework::wire {

void write(rpc::Findings::Builder to, engine::FindingList from) {
  to.setTotal(from.total());
  const auto first = from.take();
  write_list(to.initFirst(static_cast<unsigned>(first.size())), first);
}

engine::FindingList read(rpc::Findings::Reader from, cv::Rect tile, cv::Size image) {
  if (from.getFirst().size() != std::min<std::uint64_t>(from.getTotal(), engine::most_findings)) {
    throw UserError("findings and their number don't fit together");
  }
  if (from.getTotal() > static_cast<std::uint64_t>(engine::area(image))) {
    throw UserError("more findings than pixels were reported");
  }
  auto first = read(from.getFirst());
  for (const auto& finding : first) {
    if (const auto fault = engine::fault_of(finding, image); !fault.empty()) {
      throw UserError(fault + " was reported");
    }
    if (!engine::belongs_to(finding.box, tile)) throw UserError("a finding of another tile was reported");
  }
  engine::FindingList list;
  list.add(from.getTotal(), std::move(first));
  return list;
}

}  // namespace tilework::wire
