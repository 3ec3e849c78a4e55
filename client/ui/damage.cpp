#include "client/ui/damage.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ranges>
#include <span>
#include <utility>

namespace tilework::client {
namespace {

bool is_empty(const ScreenBox& box) {
  return box.x >= box.z || box.y >= box.w;
}

ScreenBox common(const ScreenBox& a, const ScreenBox& b) {
  return {std::max(a.x, b.x), std::max(a.y, b.y), std::min(a.z, b.z), std::min(a.w, b.w)};
}

ScreenBox around(const ScreenBox& a, const ScreenBox& b) {
  if (is_empty(a)) return b;
  if (is_empty(b)) return a;
  return {std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.z, b.z), std::max(a.w, b.w)};
}

// One that overlaps others takes them in.
void add(std::vector<ScreenBox>& boxes, ScreenBox box) {
  for (std::size_t i = 0; i < boxes.size();) {
    if (is_empty(common(boxes[i], box))) {
      ++i;
      continue;
    }
    box = around(boxes[i], box);
    boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
  boxes.push_back(box);
}

std::span<ImDrawList* const> lists_of(const ImDrawData& data) {
  return {data.CmdLists, static_cast<std::size_t>(data.CmdListsCount)};
}

}  // namespace

bool Damage::Triangle::operator==(const Triangle& other) const {
  return std::memcmp(corners, other.corners, sizeof(corners)) == 0 &&
         std::memcmp(&clip, &other.clip, sizeof(clip)) == 0 && texture == other.texture &&
         state == other.state;
}

ScreenBox Damage::Triangle::bounds() const {
  const auto& [a, b, c] = corners;
  const auto [left, right] = std::minmax({a.pos.x, b.pos.x, c.pos.x});
  const auto [top, bottom] = std::minmax({a.pos.y, b.pos.y, c.pos.y});
  return common({left, top, right, bottom}, clip);
}

std::vector<Damage::Triangle> Damage::triangles_of(const ImDrawList& list) {
  std::vector<Triangle> triangles;
  triangles.reserve(static_cast<std::size_t>(list.IdxBuffer.Size) / 3);
  ImDrawCallback state = nullptr;
  for (const ImDrawCmd& command : list.CmdBuffer) {
    if (command.UserCallback != nullptr) state = command.UserCallback;
    if (command.UserCallback != nullptr) continue;
    const ImDrawIdx* corner = list.IdxBuffer.Data + command.IdxOffset;
    const ImDrawVert* vertices = list.VtxBuffer.Data + command.VtxOffset;
    for (const ImDrawIdx* end = corner + command.ElemCount; corner != end; corner += 3) {
      triangles.push_back({{vertices[corner[0]], vertices[corner[1]], vertices[corner[2]]},
                           command.ClipRect,
                           command.TextureId,
                           state});
    }
  }
  return triangles;
}

// What is equal at the beginning and at the end of both is where it was.
ScreenBox Damage::difference(const std::vector<Triangle>& before, const std::vector<Triangle>& now,
                             const std::set<TextureId>& changed_textures) {
  const auto begin = std::ranges::mismatch(before, now);
  const auto old_rest = std::ranges::subrange(begin.in1, before.end());
  const auto new_rest = std::ranges::subrange(begin.in2, now.end());
  const auto end = std::ranges::mismatch(old_rest | std::views::reverse, new_rest | std::views::reverse);
  ScreenBox box{0, 0, 0, 0};
  for (auto it = begin.in1; it != end.in1.base(); ++it) box = around(box, it->bounds());
  for (auto it = begin.in2; it != end.in2.base(); ++it) box = around(box, it->bounds());
  if (changed_textures.empty()) return box;
  for (const Triangle& triangle : now) {
    if (changed_textures.contains(reinterpret_cast<TextureId>(triangle.texture))) {
      box = around(box, triangle.bounds());
    }
  }
  return box;
}

std::vector<ScreenBox> Damage::update(const ImDrawData& data, const std::set<TextureId>& changed_textures) {
  const auto lists = lists_of(data);
  const ScreenBox screen{data.DisplayPos.x, data.DisplayPos.y, data.DisplayPos.x + data.DisplaySize.x,
                         data.DisplayPos.y + data.DisplaySize.y};
  std::vector<Painted> now;
  for (const ImDrawList* list : lists) now.push_back({list->_OwnerName, triangles_of(*list)});
  const auto before = std::exchange(painted_, std::move(now));
  // A window that comes, goes or changes its place above others is rare enough to paint everything for it.
  if (!std::ranges::equal(before, painted_, {}, &Painted::window, &Painted::window)) return {screen};
  std::vector<ScreenBox> boxes;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const ScreenBox box =
        common(difference(before[i].triangles, painted_[i].triangles, changed_textures), screen);
    if (is_empty(box)) continue;
    add(boxes, {std::floor(box.x), std::floor(box.y), std::ceil(box.z), std::ceil(box.w)});
  }
  return boxes;
}

void paint_clipped(ImDrawData& data, const std::vector<ScreenBox>& boxes,
                   const std::function<void(ImDrawData&)>& paint) {
  std::vector<ScreenBox> own;
  const auto each_command = [&](auto&& change) {
    std::size_t number = 0;
    for (ImDrawList* list : lists_of(data)) {
      for (ImDrawCmd& command : list->CmdBuffer) change(command.ClipRect, number++);
    }
  };
  each_command([&](const ScreenBox& clip, std::size_t) { own.push_back(clip); });
  for (const ScreenBox& box : boxes) {
    each_command([&](ScreenBox& clip, std::size_t number) { clip = common(own[number], box); });
    paint(data);
  }
}

}  // namespace tilework::client
