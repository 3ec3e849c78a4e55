#include "server/imageio/metadata/exif.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "server/imageio/metadata/turning.h"

namespace tilework::imageio {
namespace {

constexpr std::uint16_t thumbnail_offset = 513, thumbnail_bytes = 514;
constexpr std::uint16_t subject_area = 37396, subject_location = 41492, focal_x_resolution = 41486,
                        focal_y_resolution = 41487;                       // of EXIF
constexpr std::uint16_t related_width = 0x1001, related_height = 0x1002;  // of interoperability

// Entries of a block by position, which are changed where they lie.
class Block {
 public:
  explicit Block(std::string& bytes) : bytes_(bytes) {
    if (const auto start = read_start(read_of(bytes_))) {
      order_ = start->order;
      first_ = start->first;
      is_sound_ = !order_.large && first_ > 0;
    }
  }

  bool is_sound() const { return is_sound_; }
  std::size_t first() const { return first_; }

  // The directory that an entry of another one names; 0 if there is none.
  std::size_t inner(std::size_t directory, std::uint16_t tag) const {
    const std::size_t entry = find(directory, tag);
    return entry == 0 ? 0 : get(entry + 8, 4);
  }

  // Sets a whole number where there is one.
  void set(std::size_t directory, std::uint16_t tag, std::uint32_t value) {
    constexpr std::uint64_t u16 = 3, u32 = 4;
    const std::size_t entry = find(directory, tag);
    if (entry == 0 || get(entry + 4, 4) != 1) return;
    const auto type = get(entry + 2, 2);
    if (type == u16) put(entry + 8, value, 2);
    if (type == u32) put(entry + 8, value, 4);
  }

  // Two fields of the same type and place of their values change these.
  void swap(std::size_t directory, std::uint16_t one, std::uint16_t other) {
    const std::size_t a = find(directory, one), b = find(directory, other);
    if (a == 0 || b == 0) return;
    for (std::size_t i = 2; i < 12; ++i) std::swap(bytes_[a + i], bytes_[b + i]);
  }

  // Moves the centre of a place in pixels, and swaps the sides of a rectangle around it.
  void move(std::size_t directory, std::uint16_t tag, const cv::Matx33d& turn, bool is_transposed) {
    const auto places = places_of_u16(directory, tag);
    if (places.size() < 2) return;
    const auto number = [&](std::size_t i) { return static_cast<double>(get(places[i], 2)); };
    const cv::Vec3d moved = turn * cv::Vec3d(number(0), number(1), 1);
    for (int i = 0; i < 2; ++i) {
      const double value = std::clamp(std::round(moved[i]), 0.0, 65535.0);
      put(places[static_cast<std::size_t>(i)], static_cast<std::uint32_t>(value), 2);
    }
    if (is_transposed && places.size() == 4) std::swap_ranges(at(places[2]), at(places[3]), at(places[3]));
  }

  // The second directory, which is a thumbnail's, with the thumbnail.
  void drop_second() {
    const std::size_t link = first_ + 2 + 12 * get(first_, 2);
    const std::size_t second = get(link, 4);
    if (second == 0) return;
    put(link, 0, 4);
    const std::size_t from = value(second, thumbnail_offset), size = value(second, thumbnail_bytes);
    if (from == 0 || size == 0 || from > bytes_.size() || size > bytes_.size() - from) return;
    if (from + size == bytes_.size()) {
      bytes_.resize(from);
    } else {
      std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), size, '\0');
    }
  }

 private:
  std::size_t value(std::size_t directory, std::uint16_t tag) const {
    const std::size_t entry = find(directory, tag);
    return entry == 0 ? 0 : get(entry + 8, 4);
  }

  std::string::iterator at(std::size_t place) { return bytes_.begin() + static_cast<std::ptrdiff_t>(place); }

  // Of two to four values; none where there are others.
  std::vector<std::size_t> places_of_u16(std::size_t directory, std::uint16_t tag) const {
    constexpr std::size_t u16 = 3;
    const std::size_t entry = find(directory, tag);
    if (entry == 0 || get(entry + 2, 2) != u16) return {};
    const std::size_t count = get(entry + 4, 4);
    const std::size_t first = count > 2 ? get(entry + 8, 4) : entry + 8;
    if (count < 2 || count > 4 || first > bytes_.size() || 2 * count > bytes_.size() - first) return {};
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < count; ++i) places.push_back(first + 2 * i);
    return places;
  }

  // Where a tag's entry stands, or 0.
  std::size_t find(std::size_t directory, std::uint16_t tag) const {
    if (directory == 0) return 0;
    const std::size_t count = get(directory, 2);
    for (std::size_t at = directory + 2; at < directory + 2 + count * 12; at += 12) {
      if (at + 12 > bytes_.size()) return 0;
      if (get(at, 2) == tag) return at;
    }
    return 0;
  }

  // 0 beyond the end.
  std::size_t get(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    return order_.number(std::string_view(bytes_).substr(at, size));
  }

  void put(std::size_t at, std::uint32_t value, std::size_t size) {
    if (at <= bytes_.size() && size <= bytes_.size() - at)
      bytes_.replace(at, size, order_.bytes_of(value, size));
  }

  std::string& bytes_;
  TiffOrder order_;
  std::size_t first_ = 0;
  bool is_sound_ = false;
};

}  // namespace

Directory fields_of(const Resolution& resolution) {
  Directory made;
  made.fields[tag::x_resolution] = Field::rational(resolution.x);
  made.fields[tag::y_resolution] = Field::rational(resolution.y);
  const auto unit = static_cast<std::uint32_t>(resolution.unit) + 1;  // 1: none, 2: inch, 3: centimetre
  made.fields[tag::resolution_unit] = Field::number(FieldType::u16, unit);
  return made;
}

int orientation_of(const std::string& exif) {
  const auto first = read_first_directory(exif);
  const auto value = first ? first->number(tag::orientation) : std::nullopt;
  return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

std::optional<Resolution> resolution_of(const Directory& first) {
  const auto x = first.number(tag::x_resolution), y = first.number(tag::y_resolution);
  if (!x && !y) return {};
  Resolution found{x.value_or(*(x ? x : y)), y.value_or(*(x ? x : y)), Resolution::Unit::inch};
  const auto is_number = [](double value) { return value > 0 && std::isfinite(value); };
  if (!is_number(found.x) || !is_number(found.y)) return {};
  const double unit = first.number(tag::resolution_unit).value_or(2);
  if (unit == 1) found.unit = Resolution::Unit::none;
  if (unit == 3) found.unit = Resolution::Unit::centimetre;
  return found;
}

std::optional<Resolution> resolution_of(const std::string& exif) {
  const auto first = read_first_directory(exif);
  return first ? resolution_of(*first) : std::nullopt;
}

void settle_resolution(Metadata& metadata, bool is_exif_first) {
  const auto has_unit = [](const std::optional<Resolution>& resolution) {
    return resolution && resolution->unit != Resolution::Unit::none;
  };
  const auto other = resolution_of(metadata.exif);
  const bool is_other_better = has_unit(other) && (is_exif_first || !has_unit(metadata.resolution));
  if (other && (is_other_better || !metadata.resolution)) metadata.resolution = other;
}

bool is_same(const Resolution& a, const Resolution& b) {
  constexpr double rounding = 0.005;
  const auto is_near = [](double one, double other) { return std::abs(one - other) <= rounding * other; };
  const bool has_unit = a.unit != Resolution::Unit::none;
  if (has_unit != (b.unit != Resolution::Unit::none)) return false;
  if (!has_unit) return is_near(a.x * b.y, a.y * b.x);
  const auto scale = [](const Resolution& r) { return r.unit == Resolution::Unit::inch ? 1 / 2.54 : 1; };
  return is_near(a.x * scale(a), b.x * scale(b)) && is_near(a.y * scale(a), b.y * scale(b));
}

std::string turned_exif(std::string exif, int orientation, cv::Size stored) {
  Block block(exif);
  if (!block.is_sound()) return {};
  block.drop_second();
  block.set(block.first(), tag::orientation, 1);
  if (orientation == 1) return exif;
  const bool is_transposed = orientation >= 5;
  const std::size_t inner = block.inner(block.first(), tag::exif);
  const cv::Matx33d turn = to_stored(orientation, {stored.width - 1.0, stored.height - 1.0}).inv();
  block.move(inner, subject_area, turn, is_transposed);
  block.move(inner, subject_location, turn, is_transposed);
  if (is_transposed) {
    block.swap(block.first(), tag::x_resolution, tag::y_resolution);
    block.swap(inner, focal_x_resolution, focal_y_resolution);
  }
  return exif;
}

std::string sized_exif(std::string exif, cv::Size size) {
  Block block(exif);
  if (!block.is_sound()) return exif;
  const auto width = static_cast<std::uint32_t>(size.width), height = static_cast<std::uint32_t>(size.height);
  block.set(block.first(), tag::image_width, width);
  block.set(block.first(), tag::image_height, height);
  const std::size_t inner = block.inner(block.first(), tag::exif);
  block.set(inner, tag::pixel_width, width);
  block.set(inner, tag::pixel_height, height);
  const std::size_t interop = block.inner(inner, tag::interop);
  block.set(interop, related_width, width);
  block.set(interop, related_height, height);
  return exif;
}

std::string with_resolution(const std::string& exif, const Resolution& resolution) {
  if (exif.empty()) return block_of(fields_of(resolution));
  return with_fields(exif, {}, fields_of(resolution));
}

std::string with_fields(const std::string& exif, const std::set<std::uint16_t>& removed,
                        const Directory& set) {
  if (exif.empty()) return set.empty() ? std::string() : block_of(set);
  const ReadAt read = read_of(exif);
  const auto start = read_start(read);
  if (!start || start->order.large) return exif;
  const std::string even = exif.size() % 2 == 0 ? "" : std::string(1, '\0');
  const auto moved = relocated(read, *start, removed, set, exif.size() + even.size());
  if (!moved) return exif;
  std::string changed = exif + even + moved->bytes;
  changed.replace(start->order.first_at(), 4, start->order.bytes_of(moved->directory_at, 4));
  return changed;
}

}  // namespace tilework::imageio
