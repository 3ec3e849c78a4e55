#include "server/imageio/metadata/descriptions.h"

#include <sstream>
#include <string_view>

#include <pugixml.hpp>

namespace tilework::imageio {
namespace {

std::string written(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return out.str();
}

// Lines of "name=value", of which those that count pages say one.
std::string imagej(const std::string& description) {
  std::istringstream lines(description);
  std::string made;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find('='));
    if (name == "images") line = "images=1";
    if (name == "slices" || name == "frames" || name == "channels" || name == "hyperstack" ||
        name == "mode" || name == "loop") {
      continue;
    }
    made += line + '\n';
  }
  return made;
}

const char* ome_type(Depth depth) {
  return depth == Depth::u8 ? "uint8" : depth == Depth::u16 ? "uint16" : "float";
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
  auto attribute = node.attribute(name);
  if (!attribute) attribute = node.append_attribute(name);
  attribute.set_value(value.c_str());
}

void keep_first(pugi::xml_node parent, const char* name) {
  auto node = parent.child(name).next_sibling(name);
  while (node) {
    const auto next = node.next_sibling(name);
    parent.remove_child(node);
    node = next;
  }
}

bool is_ome(std::string_view text) {
  return text.substr(0, 4096).find("<OME") != std::string_view::npos &&
         text.find("<Pixels") != std::string_view::npos;
}

void swap_attributes(pugi::xml_node node, const char* one, const char* other) {
  auto a = node.attribute(one), b = node.attribute(other);
  if (a) a.set_name(other);
  if (b) b.set_name(one);
}

// The schema of 2016-06: all of a page's colours are one channel of several samples.
std::string ome(const std::string& description, cv::Size size, PixelFormat format) {
  pugi::xml_document document;
  if (!document.load_buffer(description.data(), description.size(),
                            pugi::parse_full | pugi::parse_ws_pcdata)) {
    return description;
  }
  auto root = document.document_element();
  root.remove_attribute("UUID");
  keep_first(root, "Image");
  auto pixels = root.child("Image").child("Pixels");
  if (!pixels) return description;
  const std::string channels = std::to_string(format.channels);
  set(pixels, "SizeX", std::to_string(size.width));
  set(pixels, "SizeY", std::to_string(size.height));
  set(pixels, "SizeZ", "1");
  set(pixels, "SizeT", "1");
  set(pixels, "SizeC", channels);
  set(pixels, "Type", ome_type(format.depth));
  for (const char* name : {"SignificantBits", "BigEndian"}) pixels.remove_attribute(name);
  if (format.channels > 1) set(pixels, "Interleaved", "true");
  for (const char* name : {"Channel", "TiffData", "Plane"}) keep_first(pixels, name);
  if (auto channel = pixels.child("Channel")) set(channel, "SamplesPerPixel", channels);
  if (auto data = pixels.child("TiffData")) {
    data.remove_children();
    data.remove_attributes();
    set(data, "IFD", "0");
    set(data, "PlaneCount", "1");
  }
  if (auto plane = pixels.child("Plane")) {
    for (const char* name : {"TheZ", "TheT", "TheC"}) set(plane, name, "0");
  }
  return written(document);
}

// Replaces what stands between `open` and `close` behind a key of JSON.
void replace_value(std::string& json, const std::string& key, char open, char close,
                   const std::string& value) {
  const std::size_t at = json.find("\"" + key + "\":");
  if (at == std::string::npos) return;
  const std::size_t from = json.find(open, at + key.size() + 3);
  const std::size_t to = from == std::string::npos ? from : json.find(close, from + 1);
  if (to != std::string::npos) json.replace(from + 1, to - from - 1, value);
}

// tifffile's: {"shape": [61, 83, 3], "axes": "YXS"}, in any order, with other entries.
std::string shaped(std::string description, cv::Size size, int channels) {
  std::string shape = std::to_string(size.height) + ", " + std::to_string(size.width);
  if (channels > 1) shape += ", " + std::to_string(channels);
  replace_value(description, "shape", '[', ']', shape);
  replace_value(description, "axes", '"', '"', channels > 1 ? "YXS" : "YX");
  return description;
}

bool is_shaped(std::string_view text) {
  return text.starts_with('{') && text.find("\"shape\":") != std::string_view::npos;
}

}  // namespace

std::string agreeing_description(const std::string& description, cv::Size size, PixelFormat format) {
  const std::string_view text(description);
  if (text.starts_with("ImageJ=")) return imagej(description);
  if (is_shaped(text)) return shaped(description, size, format.channels);
  return is_ome(text) ? ome(description, size, format) : description;
}

bool is_for_programs(const std::string& description) {
  return description.starts_with("ImageJ=") || is_shaped(description) || is_ome(description);
}

std::string transposed_description(const std::string& description) {
  pugi::xml_document document;
  if (!is_ome(description) || !document.load_buffer(description.data(), description.size(),
                                                    pugi::parse_full | pugi::parse_ws_pcdata)) {
    return description;
  }
  for (auto image : document.document_element().children("Image")) {
    auto pixels = image.child("Pixels");
    swap_attributes(pixels, "PhysicalSizeX", "PhysicalSizeY");
    swap_attributes(pixels, "PhysicalSizeXUnit", "PhysicalSizeYUnit");
  }
  return written(document);
}

std::string without_statistics(const std::string& gdal_metadata) {
  pugi::xml_document document;
  if (!document.load_buffer(gdal_metadata.data(), gdal_metadata.size(),
                            pugi::parse_full | pugi::parse_ws_pcdata)) {
    return gdal_metadata;
  }
  auto root = document.document_element();
  bool changed = false;
  for (auto item = root.first_child(); item;) {
    const auto next = item.next_sibling();
    if (std::string_view(item.attribute("name").value()).starts_with("STATISTICS_")) {
      changed = root.remove_child(item);
    }
    item = next;
  }
  return changed ? written(document) : gdal_metadata;
}

}  // namespace tilework::imageio
