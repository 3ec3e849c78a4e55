// An XMP packet as a tree of properties, for the functions of xmp.h. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace tilework::imageio {

inline constexpr std::string_view rdf_space = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
inline constexpr std::string_view note_space = "http://ns.adobe.com/xmp/note/";

// A property's name with its prefix resolved.
struct Name {
  std::string space;
  std::string local;
  bool is(std::string_view a_space, std::string_view a_local) const {
    return space == a_space && local == a_local;
  }
};

// Written again only if something changed. The bytes outlive it.
class Packet {
 public:
  explicit Packet(const std::string& xmp);

  // XML with properties.
  bool is_sound() const { return is_sound_; }
  std::vector<pugi::xml_node>& descriptions() { return descriptions_; }

  // What to do with a property: `decide` gives its new value, the same one, or nothing to leave it out.
  using Decide = std::function<const std::string*(const Name&, const std::string& value)>;
  void each(const Decide& decide);

  std::string bytes() const { return changed_ ? written() : bytes_; }
  void touch() { changed_ = true; }
  std::string written() const;

 private:
  void collect(const pugi::xml_node& node);
  void each_attribute(pugi::xml_node description, const Decide& decide);
  void each_element(pugi::xml_node description, const Decide& decide);

  const std::string& bytes_;
  pugi::xml_document document_;
  std::vector<pugi::xml_node> descriptions_;
  bool is_sound_ = false;
  bool changed_ = false;
};

}  // namespace tilework::imageio
