#include "server/imageio/tiff/tiff_pages.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include "schema/model/error.h"
#include "server/imageio/tiff/tiff_fields.h"

namespace tilework::imageio {
namespace {

constexpr int most_pages = 64;               // that are looked at
constexpr int most_parts = 64;               // of a page
constexpr std::uint64_t most_listed = 8;     // channels
constexpr std::size_t most_reductions = 32;  // of an image of any size

TiffPage current_page(const TiffHandle& handle, int page, int inner) {
  TIFF* tiff = handle.get();
  TiffPage found;
  found.directory = TIFFCurrentDirOffset(tiff);
  found.size = read_fields(tiff).size;
  found.page = page;
  found.inner = inner;
  std::uint32_t kind = 0;
  if (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) == 1) {
    found.reduced = (kind & FILETYPE_REDUCEDIMAGE) != 0;
    found.mask = (kind & FILETYPE_MASK) != 0;
  } else {  // a tag of TIFF 5.0, which the library leaves aside
    const Directory old = handle.fields(found.directory, {TIFFTAG_OSUBFILETYPE});
    found.reduced = old.number(TIFFTAG_OSUBFILETYPE) == OFILETYPE_REDUCEDIMAGE;
  }
  return found;
}

std::vector<std::uint64_t> parts_of(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint64_t* offsets = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets) != 1 || offsets == nullptr) return {};
  return {offsets, offsets + std::min<int>(count, most_parts)};
}

// Rounded either way.
bool is_half_of(cv::Size size, cv::Size whole) {
  return std::abs(2 * std::int64_t{size.width} - whole.width) <= 2 &&
         std::abs(2 * std::int64_t{size.height} - whole.height) <= 2;
}

std::int64_t area(const TiffPage& page) {
  return std::int64_t{page.size.width} * page.size.height;
}

std::optional<TiffPage> largest(const std::vector<TiffPage>& pages, bool reduced) {
  std::optional<TiffPage> best;
  for (const auto& page : pages) {
    if (page.mask || page.reduced != reduced) continue;
    if (!best || area(page) > area(*best)) best = page;
  }
  return best;
}

// Why the library can't read a directory, if the file makes sense nevertheless.
std::string why_refused(const TiffHandle& handle, std::uint64_t directory) {
  const Directory found = handle.fields(directory, {TIFFTAG_BITSPERSAMPLE});
  const Field* field = found.find(TIFFTAG_BITSPERSAMPLE);
  if (field == nullptr || field->count > most_listed) return {};
  const auto bits = field->wholes();
  if (std::ranges::adjacent_find(bits, std::ranges::not_equal_to()) == bits.end()) return {};
  std::string list;
  for (const std::uint64_t each : bits) list += (list.empty() ? "" : ", ") + std::to_string(each);
  return "its channels have different numbers of bits (" + list + "); save it with 8 or 16 bits in each";
}

void note_damage(const TiffHandle& handle, std::uint64_t directory, TiffPages& pages) {
  pages.damaged = true;
  if (pages.why.empty()) pages.why = why_refused(handle, directory);
}

[[noreturn]] void refuse(const TiffPages& pages, const std::string& name, const std::string& damage) {
  throw UserError(
      name + (pages.why.empty() ? " is damaged or cut short: " + damage : " can't be read: " + pages.why));
}

}  // namespace

TiffPages read_pages(TiffHandle& handle) {
  TIFF* tiff = handle.get();
  TiffPages pages;
  std::vector<std::pair<std::uint64_t, int>> parts;  // where, and of which page
  while (pages.count < most_pages) {
    if (TIFFReadDirectory(tiff) != 1) {
      note_damage(handle, TIFFCurrentDirOffset(tiff), pages);
      break;
    }
    pages.found.push_back(current_page(handle, pages.count, -1));
    for (const auto part : parts_of(tiff)) parts.emplace_back(part, pages.count);
    ++pages.count;
    if (TIFFLastDirectory(tiff) != 0) break;
  }
  if (pages.count == most_pages) {
    pages.count = std::max(pages.count, static_cast<int>(TIFFNumberOfDirectories(tiff)));
  }
  int page = -1;
  int inner = 0;
  for (const auto& [where, of] : parts) {
    inner = of == page ? inner + 1 : 0;
    page = of;
    if (!handle.go_to(where)) {
      note_damage(handle, where, pages);
      continue;
    }
    const auto behind = std::find_if(pages.found.begin(), pages.found.end(),
                                     [page](const TiffPage& each) { return each.page > page; });
    pages.found.insert(behind, current_page(handle, page, inner));
  }
  return pages;
}

TiffPage picture_of(const TiffPages& pages, const std::string& name) {
  if (pages.found.empty()) {
    refuse(pages, name, "the directory of its first page can't be read");
  }
  const TiffPage& first = pages.found.front();
  if (!first.reduced && !first.mask) return first;
  if (const auto picture = largest(pages.found, false)) return *picture;
  if (pages.damaged) {
    refuse(pages, name, "of its pictures, only a reduced one can be read");
  }
  if (const auto picture = largest(pages.found, true)) return *picture;
  throw UserError(name + " holds a mask for a picture, but no picture");
}

std::vector<TiffPage> reductions_of(const TiffPages& pages, const TiffPage& picture) {
  const auto is_part = [&](const TiffPage& page) { return page.page == picture.page && page.inner >= 0; };
  const bool in_parts = picture.inner < 0 && std::any_of(pages.found.begin(), pages.found.end(), is_part);
  std::vector<TiffPage> reductions;
  cv::Size size = picture.size;
  for (const auto& page : pages.found) {
    const bool is_candidate =
        in_parts ? is_part(page) : picture.inner < 0 && page.inner < 0 && page.page > picture.page;
    if (!is_candidate) continue;
    if (!is_half_of(page.size, size) || reductions.size() == most_reductions) break;
    reductions.push_back(page);
    size = page.size;
  }
  return reductions;
}

namespace {

std::string unused_note(const TiffPages& pages, const TiffPage& picture) {
  if (picture.reduced)
    return "the file says that its picture is a reduced copy of another, which isn't in it";
  std::vector<TiffPage> unused;  // pages that say nothing of being a part of the picture
  for (const auto& page : pages.found) {
    const bool is_picture = page.directory == picture.directory;
    if (!is_picture && !page.reduced && !page.mask && (page.inner < 0 || picture.inner >= 0)) {
      unused.push_back(page);
    }
  }
  const auto unseen = pages.count > most_pages ? static_cast<std::size_t>(pages.count - most_pages) : 0;
  std::size_t reductions = 0;
  for (const auto& page : reductions_of(pages, picture)) {
    reductions += page.inner < 0 && !page.reduced && !page.mask ? 1 : 0;
  }
  if (unused.size() + unseen <= reductions) return {};
  if (picture.page == 0 && picture.inner < 0) {
    return "multi-page TIFF: only the first page of " + std::to_string(pages.count) + " is used";
  }
  return "of " + std::to_string(unused.size() + unseen + 1) +
         " pictures in the file, only the largest is used";
}

}  // namespace

std::vector<std::string> pages_notes(const TiffPages& pages, const TiffPage& picture) {
  std::vector<std::string> notes;
  if (auto note = unused_note(pages, picture); !note.empty()) notes.push_back(std::move(note));
  if (std::ranges::any_of(pages.found, [](const TiffPage& page) { return page.mask; })) {
    notes.emplace_back("the file's transparency mask was left out: all pixels are used");
  }
  return notes;
}

}  // namespace tilework::imageio
