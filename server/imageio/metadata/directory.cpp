#include "server/imageio/metadata/directory.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <sys/stat.h>
#include <unistd.h>

namespace tilework::imageio {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t most_entries = 4096;  // of a directory; real ones have some dozens
constexpr std::uint64_t most_bytes = 64 << 20;
constexpr std::uint16_t inner_tags[] = {tag::exif, tag::gps, tag::interop};

struct TypeSize {
  std::size_t value;  // bytes of one
  std::size_t word;   // bytes that are swapped together
};

TypeSize size_of(std::uint16_t type) {
  switch (type) {
    case 1:  // BYTE, ASCII, SBYTE, UNDEFINED
    case 2:
    case 6:
    case 7:
      return {1, 1};
    case 3:  // SHORT, SSHORT
    case 8:
      return {2, 2};
    case 4:  // LONG, SLONG, FLOAT, IFD
    case 9:
    case 11:
    case 13:
      return {4, 4};
    case 5:  // RATIONAL, SRATIONAL
    case 10:
      return {8, 4};
    case 12:  // DOUBLE, LONG8, SLONG8, IFD8
    case 16:
    case 17:
    case 18:
      return {8, 8};
    default:
      return {0, 1};
  }
}

void swap_words(std::string& bytes, std::size_t word) {
  for (std::size_t i = 0; i + word <= bytes.size(); i += word) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + word));
  }
}

template <class T>
T value_at(const std::string& bytes, std::size_t index) {
  T value{};
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

double number_at(const Field& field, std::size_t i) {
  const auto ratio = [](double above, double below) { return below == 0 ? 0 : above / below; };
  switch (field.type) {
    case 1:
    case 7:
      return static_cast<unsigned char>(field.values[i]);
    case 3:
      return value_at<std::uint16_t>(field.values, i);
    case 4:
    case 13:
      return value_at<std::uint32_t>(field.values, i);
    case 5:
      return ratio(value_at<std::uint32_t>(field.values, 2 * i),
                   value_at<std::uint32_t>(field.values, 2 * i + 1));
    case 6:
      return static_cast<signed char>(field.values[i]);
    case 8:
      return value_at<std::int16_t>(field.values, i);
    case 9:
      return value_at<std::int32_t>(field.values, i);
    case 10:
      return ratio(value_at<std::int32_t>(field.values, 2 * i),
                   value_at<std::int32_t>(field.values, 2 * i + 1));
    case 11:
      return value_at<float>(field.values, i);
    case 12:
      return value_at<double>(field.values, i);
    case 17:
      return static_cast<double>(value_at<std::int64_t>(field.values, i));
    default:
      return static_cast<double>(value_at<std::uint64_t>(field.values, i));
  }
}

// Whether a value lies in its entry.
bool is_inline(const TiffOrder& order, std::uint64_t bytes) {
  return bytes <= order.offset_bytes();
}

// Reads a directory and what is inside it, within one allowance of bytes for all.
class Reading {
 public:
  Reading(const ReadAt& read, const TiffOrder& order, const std::function<bool(std::uint16_t)>& is_wanted)
      : read_(read), order_(order), is_wanted_(is_wanted) {}

  std::optional<Directory> directory(std::uint64_t at, int depth) {
    const auto count = number(at, order_.count_bytes());
    if (!count || *count > most_entries) return {};
    const auto entries = read_(at + order_.count_bytes(), *count * order_.entry_bytes());
    if (!entries) return {};
    Directory found;
    for (std::size_t i = 0; i < *count; ++i) {
      note(std::string_view(*entries).substr(i * order_.entry_bytes(), order_.entry_bytes()), depth, found);
    }
    return found;
  }

 private:
  std::optional<std::uint64_t> number(std::uint64_t at, std::size_t size) const {
    const auto bytes = read_(at, size);
    if (!bytes) return {};
    return order_.number(*bytes);
  }

  void note(std::string_view entry, int depth, Directory& found) {
    const auto tag = static_cast<std::uint16_t>(order_.number(entry.substr(0, 2)));
    if (depth == 0 && !is_wanted_(tag)) return;
    auto field = value_of(entry);
    if (!field || found.fields.contains(tag)) return;
    if (std::ranges::find(inner_tags, tag) == std::end(inner_tags)) {
      found.fields.emplace(tag, *std::move(field));
      return;
    }
    const auto offsets = field->wholes();
    if (depth >= 2 || offsets.empty()) return;
    if (auto inner = directory(offsets.front(), depth + 1)) {
      found.inner.emplace(tag, *std::move(inner));
    }
  }

  std::optional<Field> value_of(std::string_view entry) {
    Field field;
    field.type = static_cast<std::uint16_t>(order_.number(entry.substr(2, 2)));
    field.count = order_.number(entry.substr(4, order_.offset_bytes()));
    const TypeSize size = size_of(field.type);
    if (size.value == 0 || field.count == 0 || field.count > left_ / size.value) return {};
    const std::uint64_t bytes = field.count * size.value;
    const auto place = entry.substr(4 + order_.offset_bytes());
    if (is_inline(order_, bytes)) {
      field.values = place.substr(0, bytes);
    } else {
      auto values = read_(order_.number(place), bytes);
      if (!values) return {};
      field.values = *std::move(values);
    }
    left_ -= bytes;
    if (order_.big_endian) swap_words(field.values, size.word);
    return field;
  }

  const ReadAt& read_;
  const TiffOrder& order_;
  const std::function<bool(std::uint16_t)>& is_wanted_;
  std::uint64_t left_ = most_bytes;
};

// Bytes for a place of a structure, to which things are added; each begins at an even position.
class Writing {
 public:
  Writing(const TiffOrder& order, std::uint64_t at) : order_(order), at_(at) {}

  std::uint64_t here() {
    if ((at_ + bytes.size()) % 2 != 0) bytes.push_back('\0');
    return at_ + bytes.size();
  }

  std::string entry(std::uint16_t tag, const Field& field) {
    std::string values = field.values;
    if (order_.big_endian) swap_words(values, size_of(field.type).word);
    std::string entry = order_.bytes_of(tag, 2) + order_.bytes_of(field.type, 2) +
                        order_.bytes_of(field.count, order_.offset_bytes());
    if (is_inline(order_, values.size())) {
      values.resize(order_.offset_bytes());
      return entry + values;
    }
    const std::uint64_t place = here();
    bytes += values;
    return entry + order_.bytes_of(place, order_.offset_bytes());
  }

  // The entries of a directory, whose values and inner directories are added.
  std::map<std::uint16_t, std::string> entries(const Directory& directory) {
    std::map<std::uint16_t, std::string> made;
    for (const auto& [tag, field] : directory.fields) made[tag] = entry(tag, field);
    for (const auto& [tag, inner] : directory.inner) {
      const std::uint64_t at = add(entries(inner), 0);
      const std::uint16_t type = order_.large ? 18 : 4;
      made[tag] = order_.bytes_of(tag, 2) + order_.bytes_of(type, 2) +
                  order_.bytes_of(1, order_.offset_bytes()) + order_.bytes_of(at, order_.offset_bytes());
    }
    return made;
  }

  // Adds a directory, and tells where.
  std::uint64_t add(const std::map<std::uint16_t, std::string>& entries, std::uint64_t next) {
    const std::uint64_t at = here();
    bytes += order_.bytes_of(entries.size(), order_.count_bytes());
    for (const auto& [tag, entry] : entries) bytes += entry;
    bytes += order_.bytes_of(next, order_.offset_bytes());
    return at;
  }

  std::string bytes;

 private:
  const TiffOrder& order_;
  std::uint64_t at_;
};

}  // namespace

Field Field::text(std::string_view text) {
  return {2, text.size() + 1, std::string(text) + '\0'};
}

Field Field::bytes(FieldType type, std::string_view bytes) {
  const std::size_t size = size_of(static_cast<std::uint16_t>(type)).value;
  std::string values(bytes);
  values.resize((bytes.size() + size - 1) / size * size);
  return {static_cast<std::uint16_t>(type), values.size() / size, values};
}

Field Field::number(FieldType type, std::uint32_t value) {
  const std::size_t size = type == FieldType::u16 ? 2 : 4;
  return {static_cast<std::uint16_t>(type), 1, TiffOrder{}.bytes_of(value, size)};
}

// By continued fractions, so that 300 is 300/1 and 118.11 is 11811/100.
Field Field::rational(double value) {
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  double above = 1, below = 0, above_before = 0, below_before = 1;
  double rest = std::clamp(value, 0.0, most);
  for (int i = 0; i < 32; ++i) {
    const double whole = std::floor(rest);
    const double next_above = whole * above + above_before, next_below = whole * below + below_before;
    if (next_above > most || next_below > most) break;
    above_before = above, below_before = below, above = next_above, below = next_below;
    if (std::abs(above / below - value) <= value * 1e-12 || rest == whole) break;
    rest = 1 / (rest - whole);
  }
  return {5, 1,
          TiffOrder{}.bytes_of(static_cast<std::uint64_t>(above), 4) +
              TiffOrder{}.bytes_of(static_cast<std::uint64_t>(below), 4)};
}

Field Field::doubles(const std::vector<double>& values) {
  std::string bytes(values.size() * sizeof(double), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return {12, values.size(), std::move(bytes)};
}

std::vector<double> Field::numbers() const {
  std::vector<double> list;
  if (type == 2 || size_of(type).value == 0) return list;
  for (std::size_t i = 0; i < values.size() / size_of(type).value; ++i) list.push_back(number_at(*this, i));
  return list;
}

std::vector<std::uint64_t> Field::wholes() const {
  constexpr double most = 1ULL << 53;
  const auto is_whole = [](double value) {
    return value >= 0 && value <= most && value == std::floor(value);
  };
  const auto list = numbers();
  if (!std::ranges::all_of(list, is_whole)) return {};
  return {list.begin(), list.end()};
}

std::string Field::text() const {
  return values.substr(0, values.find('\0'));
}

const Field* Directory::find(std::uint16_t tag) const {
  const auto found = fields.find(tag);
  return found == fields.end() ? nullptr : &found->second;
}

std::optional<double> Directory::number(std::uint16_t tag) const {
  const Field* field = find(tag);
  if (field == nullptr) return {};
  const auto numbers = field->numbers();
  if (numbers.empty()) return {};
  return numbers.front();
}

ReadAt read_of(std::string_view block) {
  return [block](std::uint64_t at, std::size_t bytes) -> std::optional<std::string> {
    if (at > block.size() || bytes > block.size() - at) return {};
    return std::string(block.substr(at, bytes));
  };
}

ReadAt read_of(int fd) {
  return [fd](std::uint64_t at, std::size_t bytes) -> std::optional<std::string> {
    if (bytes > most_bytes || at > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return {};
    // No more memory than the file has bytes.
    struct stat status {};
    if (::fstat(fd, &status) != 0) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (at > size || bytes > size - at) return {};
    std::string to(bytes, '\0');
    const ssize_t got = ::pread(fd, to.data(), bytes, static_cast<off_t>(at));
    if (got != static_cast<ssize_t>(bytes)) return {};
    return to;
  };
}

std::uint64_t TiffOrder::number(std::string_view bytes) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[big_endian ? i : bytes.size() - 1 - i]);
  }
  return value;
}

std::string TiffOrder::bytes_of(std::uint64_t number, std::size_t size) const {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i, number >>= 8) {
    bytes[big_endian ? size - 1 - i : i] = static_cast<char>(number & 0xFF);
  }
  return bytes;
}

std::optional<TiffStart> read_start(const ReadAt& read) {
  const auto start = read(0, 8);
  if (!start || (!start->starts_with("II") && !start->starts_with("MM"))) return {};
  TiffStart found;
  found.order.big_endian = start->starts_with("MM");
  const auto version = found.order.number(std::string_view(*start).substr(2, 2));
  if (version != 42 && version != 43) return {};
  found.order.large = version == 43;
  const auto first = read(found.order.first_at(), found.order.offset_bytes());
  if (!first) return {};
  found.first = found.order.number(*first);
  return found;
}

std::optional<Directory> read_directory(const ReadAt& read, const TiffOrder& order, std::uint64_t at,
                                        const std::function<bool(std::uint16_t)>& is_wanted) {
  return Reading(read, order, is_wanted).directory(at, 0);
}

std::optional<Directory> read_first_directory(std::string_view block) {
  const ReadAt read = read_of(block);
  const auto start = read_start(read);
  if (!start) return {};
  return read_directory(read, start->order, start->first, [](std::uint16_t) { return true; });
}

std::string bytes_of_directory(const Directory& directory, const TiffOrder& order, std::uint64_t at,
                               std::uint64_t& directory_at, std::uint64_t next) {
  Writing writing(order, at);
  directory_at = writing.add(writing.entries(directory), next);
  return std::move(writing.bytes);
}

std::string block_of(const Directory& directory) {
  const TiffOrder order;
  std::uint64_t at = 0;
  const std::string bytes = bytes_of_directory(directory, order, 8, at);
  return "II" + order.bytes_of(42, 2) + order.bytes_of(at, 4) + bytes;
}

std::optional<Relocated> relocated(const ReadAt& read, const TiffStart& start,
                                   const std::set<std::uint16_t>& removed, const Directory& added,
                                   std::uint64_t at) {
  const TiffOrder& order = start.order;
  const auto count_bytes = read(start.first, order.count_bytes());
  const std::uint64_t count = count_bytes ? order.number(*count_bytes) : most_entries + 1;
  if (count > most_entries) return {};
  const std::size_t size = count * order.entry_bytes();
  const auto old = read(start.first + order.count_bytes(), size + order.offset_bytes());
  if (!old) return {};
  Writing writing(order, at);
  auto entries = writing.entries(added);
  for (std::size_t i = 0; i < size; i += order.entry_bytes()) {
    std::string entry = old->substr(i, order.entry_bytes());
    const auto tag = static_cast<std::uint16_t>(order.number(std::string_view(entry).substr(0, 2)));
    if (!removed.contains(tag)) entries.emplace(tag, std::move(entry));  // unless it is an added one's
  }
  const std::uint64_t next = order.number(std::string_view(*old).substr(size));
  Relocated result;
  result.directory_at = writing.add(entries, next);
  result.bytes = std::move(writing.bytes);
  return result;
}

}  // namespace tilework::imageio
