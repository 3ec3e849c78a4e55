#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "server/imageio/metadata/md5.h"
#include "server/imageio/metadata/xmp.h"
#include "server/imageio/metadata/xmp_packet.h"

namespace tilework::imageio {
namespace {

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
  list.append_attribute("xmlns:rdf").set_value(std::string(rdf_space).c_str());
  auto description = list.append_child("rdf:Description");
  description.append_attribute("rdf:about").set_value("");
  return description;
}

}  // namespace

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
    return name.is(note_space, "HasExtendedXMP") ? nullptr : &value;
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
  SplitXmp split{{}, out.str(), md5_digits(out.str())};
  auto first = packet.descriptions().front();
  if (!first.attribute("xmlns:xmpNote")) {
    first.append_attribute("xmlns:xmpNote").set_value(std::string(note_space).c_str());
  }
  first.append_attribute("xmpNote:HasExtendedXMP").set_value(split.digest.c_str());
  split.main = packet.written();
  if (split.main.size() > most) return {};
  return split;
}

}  // namespace tilework::imageio
