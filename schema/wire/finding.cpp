#include "schema/wire/finding.h"

#include <limits>

#include "schema/model/error.h"
#include "schema/wire/text.h"

namespace tilework::wire {

// Overloads that only this file needs; in an unnamed namespace they would hide the public ones.
static Finding read(rpc::Finding::Reader from) {
  const auto box = from.getBox();
  constexpr int most = std::numeric_limits<int>::max();
  if (box.getX() < 0 || box.getY() < 0 || box.getWidth() < 0 || box.getHeight() < 0 ||
      box.getX() > most - box.getWidth() || box.getY() > most - box.getHeight()) {
    throw UserError("a finding lies outside of any image");
  }
  return {{box.getX(), box.getY(), box.getWidth(), box.getHeight()}, text(from.getLabel()), from.getScore()};
}

void write(rpc::Finding::Builder to, const Finding& from) {
  auto box = to.initBox();
  box.setX(from.box.x);
  box.setY(from.box.y);
  box.setWidth(from.box.width);
  box.setHeight(from.box.height);
  to.setLabel(from.label);
  to.setScore(from.score);
}

std::vector<Finding> read(capnp::List<rpc::Finding>::Reader from) {
  std::vector<Finding> list;
  list.reserve(from.size());
  for (const auto finding : from) list.push_back(read(finding));
  return list;
}

}  // namespace tilework::wire
