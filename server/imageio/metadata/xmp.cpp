#include "server/imageio/metadata/xmp.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include <glib.h>
#include <pugixml.hpp>

namespace tilework::imageio {
namespace {

constexpr std::string_view rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
constexpr std::string_view tiff = "http://ns.adobe.com/tiff/1.0/";
constexpr std::string_view exif = "http://ns.adobe.com/exif/1.0/";
constexpr std::string_view xmp_ns = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view note_ns = "http://ns.adobe.com/xmp/note/";
constexpr std::string_view dc = "http://purl.org/dc/elements/1.1/";
constexpr std::string_view gain_map = "http://ns.adobe.com/hdr-gain-map/1.0/";
constexpr std::string_view apple_gain_map = "http://ns.apple.com/HDRGainMap/1.0/";
constexpr std::string_view container = "http://ns.google.com/photos/1.0/container/";
constexpr std::string_view camera = "http://ns.google.com/photos/1.0/camera/";
constexpr std::string_view regions = "http://www.metadataworkinggroup.com/schemas/regions/";

// A property's name with its prefix resolved.
struct Name {
  std::string space;
  std::string local;
  bool is(std::string_view a_space, std::string_view a_local) const {
    return space == a_space && local == a_local;
  }
};

Name resolved(const pugi::xml_node& at, std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return {"", std::string(name)};
  const std::string declared = "xmlns:" + std::string(name.substr(0, colon));
  for (pugi::xml_node node = at; node; node = node.parent()) {
    if (const auto found = node.attribute(declared.c_str()))
      return {found.value(), std::string(name.substr(colon + 1))};
  }
  return {"", std::string(name)};
}

// A packet as a tree that is written again only if something changed.
class Packet {
 public:
  explicit Packet(const std::string& xmp) : bytes_(xmp) {
    is_sound_ = static_cast<bool>(
        document_.load_buffer(bytes_.data(), bytes_.size(), pugi::parse_full | pugi::parse_ws_pcdata));
    if (is_sound_) collect(document_);
    is_sound_ = is_sound_ && !descriptions_.empty();
  }

  bool is_sound() const { return is_sound_; }
  std::vector<pugi::xml_node>& descriptions() { return descriptions_; }
  pugi::xml_document& document() { return document_; }

  // What to do with a property: `decide` gives its new value, the same one, or nothing to leave it out.
  using Decide = std::function<const std::string*(const Name&, const std::string& value)>;

  void each(const Decide& decide) {
    for (auto& description : descriptions_) {
      each_attribute(description, decide);
      each_element(description, decide);
    }
  }

  std::string bytes() const { return changed_ ? written() : bytes_; }
  void touch() { changed_ = true; }

  std::string written() const {
    std::ostringstream out;
    document_.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
  }

 private:
  // All rdf:Description elements that hang right below rdf:RDF.
  void collect(const pugi::xml_node& node) {
    for (const auto& child : node.children()) {
      const Name name = resolved(child, child.name());
      if (name.is(rdf, "RDF")) {
        for (const auto& description : child.children()) {
          if (resolved(description, description.name()).is(rdf, "Description"))
            descriptions_.push_back(description);
        }
      } else if (node.type() == pugi::node_document || name.local == "xmpmeta" || name.local == "xapmeta") {
        collect(child);
      }
    }
  }

  void each_attribute(pugi::xml_node description, const Decide& decide) {
    for (auto attribute = description.first_attribute(); attribute;) {
      const auto next = attribute.next_attribute();
      const std::string_view name = attribute.name();
      if (!name.starts_with("xmlns") && !name.starts_with("rdf:")) {
        const std::string value = attribute.value();
        const std::string* wanted = decide(resolved(description, name), value);
        if (wanted == nullptr) {
          description.remove_attribute(attribute);
          changed_ = true;
        } else if (*wanted != value) {
          attribute.set_value(wanted->c_str());
          changed_ = true;
        }
      }
      attribute = next;
    }
  }

  void each_element(pugi::xml_node description, const Decide& decide) {
    for (auto element = description.first_child(); element;) {
      const auto next = element.next_sibling();
      if (element.type() == pugi::node_element) {
        const std::string value = element.text().get();
        const std::string* wanted = decide(resolved(element, element.name()), value);
        if (wanted == nullptr) {
          description.remove_child(element);
          changed_ = true;
        } else if (*wanted != value) {
          element.text().set(wanted->c_str());
          changed_ = true;
        }
      }
      element = next;
    }
  }

  const std::string& bytes_;
  pugi::xml_document document_;
  std::vector<pugi::xml_node> descriptions_;
  bool is_sound_ = false;
  bool changed_ = false;
};

bool is_of_storage(const Name& name) {
  constexpr std::string_view locals[] = {
      "BitsPerSample",       "Compression",      "PhotometricInterpretation", "SamplesPerPixel",
      "PlanarConfiguration", "YCbCrSubSampling", "YCbCrPositioning",          "NativeDigest"};
  return name.space == tiff && std::ranges::find(locals, name.local) != std::end(locals);
}

bool is_gain_map(const Name& name) {
  return name.space == gain_map || name.space == apple_gain_map;
}

bool is_film(const Name& name) {
  return name.space == camera &&
         (name.local.starts_with("MotionPhoto") || name.local.starts_with("MicroVideo"));
}

std::string md5(const std::string& bytes) {
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_compute_checksum_for_string(G_CHECKSUM_MD5, bytes.data(), static_cast<gssize>(bytes.size())), g_free);
  std::string digest(text.get());
  std::ranges::transform(digest, digest.begin(),
                         [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  return digest;
}

std::size_t size_of(const pugi::xml_node& node) {
  std::ostringstream out;
  node.print(out, "", pugi::format_raw);
  return out.str().size();
}

// Declares on a property, which moves to another tree, the prefixes that it uses.
void keep_prefixes(pugi::xml_node moved, const pugi::xml_node& from) {
  for (pugi::xml_node node = from.parent(); node; node = node.parent()) {
    for (const auto& attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (name.starts_with("xmlns") && !moved.attribute(attribute.name())) {
        moved.append_attribute(attribute.name()).set_value(attribute.value());
      }
    }
  }
}

// An empty packet, with the element that takes properties.
pugi::xml_node empty_packet(pugi::xml_document& document) {
  auto meta = document.append_child("x:xmpmeta");
  meta.append_attribute("xmlns:x").set_value("adobe:ns:meta/");
  auto list = meta.append_child("rdf:RDF");
  list.append_attribute("xmlns:rdf").set_value(std::string(rdf).c_str());
  auto description = list.append_child("rdf:Description");
  description.append_attribute("rdf:about").set_value("");
  return description;
}

}  // namespace

std::string turned_xmp(const std::string& xmp, int orientation, std::vector<std::string>& notes) {
  Packet packet(xmp);
  if (!packet.is_sound()) return xmp;
  const std::string upright = "1";
  const bool is_turned = orientation != 1;
  bool had_film = false, had_regions = false;
  packet.each([&](const Name& name, const std::string& value) -> const std::string* {
    if (name.is(tiff, "Orientation") && is_turned) return &upright;
    if (name.is(xmp_ns, "Thumbnails") || name.is(note_ns, "HasExtendedXMP")) return nullptr;
    if (is_gain_map(name) || name.is(container, "Directory")) return nullptr;
    if (is_film(name)) {
      had_film = true;
      return nullptr;
    }
    if (is_turned && name.space == regions) {
      had_regions = true;
      return nullptr;
    }
    return &value;
  });
  if (had_film) notes.emplace_back("the film that followed the picture (a motion photo) was left out");
  if (had_regions) notes.emplace_back("regions marked in XMP were left out, since the picture was turned");
  return packet.bytes();
}

std::string sized_xmp(const std::string& xmp, cv::Size size, const std::string& file_format) {
  Packet packet(xmp);
  if (!packet.is_sound()) return xmp;
  const std::string width = std::to_string(size.width), height = std::to_string(size.height);
  const std::string type = "image/" + file_format;
  packet.each([&](const Name& name, const std::string& value) -> const std::string* {
    if (name.is(tiff, "ImageWidth") || name.is(exif, "PixelXDimension")) return &width;
    if (name.is(tiff, "ImageLength") || name.is(exif, "PixelYDimension")) return &height;
    if (name.is(dc, "format") && value.starts_with("image/")) return &type;
    if (is_of_storage(name)) return nullptr;
    return &value;
  });
  return packet.bytes();
}

std::string joined_xmp(const std::string& main, const std::string& extension) {
  Packet into(main);
  Packet from(extension);
  if (!into.is_sound() || !from.is_sound()) return main;
  auto target = into.descriptions().front();
  for (const auto& description : from.descriptions()) {
    for (const auto& attribute : description.attributes()) {
      if (!target.attribute(attribute.name())) target.append_copy(attribute);
    }
    for (const auto& property : description.children()) {
      if (property.type() == pugi::node_element) keep_prefixes(target.append_copy(property), property);
    }
  }
  into.each([](const Name& name, const std::string& value) {
    return name.is(note_ns, "HasExtendedXMP") ? nullptr : &value;
  });
  into.touch();
  return into.bytes();
}

// The largest properties go to the extension, until the rest fits.
SplitXmp split_xmp(const std::string& xmp, std::size_t most) {
  if (xmp.size() <= most) return {xmp, {}, {}};
  constexpr std::size_t for_note = 256;
  Packet packet(xmp);
  if (!packet.is_sound()) return {};
  std::vector<std::pair<std::size_t, pugi::xml_node>> properties;
  for (const auto& description : packet.descriptions()) {
    for (const auto& property : description.children()) {
      if (property.type() == pugi::node_element) properties.emplace_back(size_of(property), property);
    }
  }
  std::ranges::sort(properties, [](const auto& a, const auto& b) { return a.first > b.first; });
  pugi::xml_document rest;
  auto taking = empty_packet(rest);
  std::size_t size = packet.written().size() + for_note;
  for (const auto& [bytes, property] : properties) {
    if (size <= most) break;
    keep_prefixes(taking.append_copy(property), property);
    property.parent().remove_child(property);
    size -= bytes;
  }
  std::ostringstream out;
  rest.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  SplitXmp split{{}, out.str(), md5(out.str())};
  auto first = packet.descriptions().front();
  if (!first.attribute("xmlns:xmpNote")) {
    first.append_attribute("xmlns:xmpNote").set_value(std::string(note_ns).c_str());
  }
  first.append_attribute("xmpNote:HasExtendedXMP").set_value(split.digest.c_str());
  split.main = packet.written();
  if (split.main.size() > most) return {};
  return split;
}

bool tells_of_gain_map(const std::string& xmp) {
  Packet packet(xmp);
  bool tells = false;
  if (!packet.is_sound()) return tells;
  packet.each([&](const Name& name, const std::string& value) {
    tells = tells || is_gain_map(name);
    return &value;
  });
  return tells;
}

}  // namespace tilework::imageio
