#include "server/imageio/metadata/texts.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "server/imageio/metadata/descriptions.h"
#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/exif.h"

namespace tilework::imageio {
namespace {

// PNG's keywords (PNG 3rd edition, 11.3.3.1).
constexpr std::array<std::pair<std::string_view, std::uint16_t>, 7> places{{{"Title", tag::document_name},
                                                                            {"Author", tag::artist},
                                                                            {"Artist", tag::artist},
                                                                            {"Description", tag::description},
                                                                            {"Copyright", tag::copyright},
                                                                            {"Software", tag::software},
                                                                            {"Comment", tag::description}}};

// Eight bytes name the characters (CIPA DC-008, 4.6.5); readers take UTF-8 under ASCII, as for all of EXIF's
// texts.
Field user_comment(const std::string& text) {
  using namespace std::string_literals;
  return Field::bytes(FieldType::undefined, "ASCII\0\0\0"s + text);
}

// Where there is a description: beside it, or on a line of its own behind it. Programs read what they wrote
// there, to which nothing is added.
bool place_further_comment(const std::string& text, Directory& first, Directory& added) {
  Directory& exif = first.inner[tag::exif];
  const auto comment = exif.fields.find(tag::user_comment);
  if (comment == exif.fields.end()) {
    exif.fields[tag::user_comment] = user_comment(text);
    added.inner[tag::exif] = exif;
    return true;
  }
  if (comment->second == user_comment(text)) return true;
  const std::string before = first.fields[tag::description].text();
  if (is_for_programs(before)) return false;
  const bool is_there = ("\n" + before + "\n").find("\n" + text + "\n") != std::string::npos;
  if (!is_there) added.fields[tag::description] = Field::text(before + "\n" + text);
  if (!is_there) first.fields[tag::description] = added.fields[tag::description];
  return true;
}

// Whether the text found a place.
bool place(const Text& text, Directory& first, Directory& added) {
  const auto* found = std::ranges::find(places, text.keyword, [](const auto& entry) { return entry.first; });
  if (found == places.end()) return false;
  const auto same = first.fields.find(found->second);
  if (same != first.fields.end() && same->second.text() == text.text) return true;
  if (same == first.fields.end()) {
    first.fields[found->second] = added.fields[found->second] = Field::text(text.text);
    return true;
  }
  return text.keyword == "Comment" && place_further_comment(text.text, first, added);
}

// Those of which `is_moved` says so, as far as there is a place.
template <class IsMoved>
void move_to_exif(Metadata& metadata, IsMoved&& is_moved) {
  if (metadata.texts.empty()) return;
  Directory first = read_first_directory(metadata.exif).value_or(Directory{});
  Directory added;
  std::erase_if(metadata.texts,
                [&](const Text& text) { return is_moved(text) && place(text, first, added); });
  if (!added.empty()) metadata.exif = with_fields(metadata.exif, {}, added);
}

}  // namespace

void move_titles_to_exif(Metadata& metadata) {
  move_to_exif(metadata, [](const Text& text) { return text.keyword != "Comment"; });
}

void move_texts_to_exif(Metadata& metadata) {
  move_to_exif(metadata, [](const Text&) { return true; });
}

void place_texts_in_exif(Metadata& metadata, std::vector<std::string>& notes) {
  move_texts_to_exif(metadata);
  if (metadata.texts.empty()) return;
  std::string names;
  for (const Text& text : metadata.texts) names += (names.empty() ? "" : ", ") + text.keyword;
  notes.push_back("texts for which this file format has no place were left out: " + names);
  metadata.texts.clear();
}

}  // namespace tilework::imageio
