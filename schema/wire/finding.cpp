#include "schema/wire/finding.h"

#include "schema/model/error.h"
#include "schema/wire/text.h"

namespace tilework::wire {

// Overloads that only this file needs; in an unnamed namespace they would hide the public ones.
static Finding read(rpc::Finding::Reader from) {
  const auto rect = from.getBox();
  const Region box{rect.getX(), rect.getY(), rect.getWidth(), rect.getHeight()};
  if (!fits_some_image(box)) throw UserError("a finding lies outside of any image");
  return {box, text(from.getLabel(), longest_name), from.getScore()};
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
