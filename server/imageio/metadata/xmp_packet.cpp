#include "server/imageio/metadata/xmp_packet.h"

#include <sstream>

namespace tilework::imageio {
namespace {

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

}  // namespace

Packet::Packet(const std::string& xmp) : bytes_(xmp) {
  is_sound_ = static_cast<bool>(
      document_.load_buffer(bytes_.data(), bytes_.size(), pugi::parse_full | pugi::parse_ws_pcdata));
  if (is_sound_) collect(document_);
  is_sound_ = is_sound_ && !descriptions_.empty();
}

void Packet::each(const Decide& decide) {
  for (auto& description : descriptions_) {
    each_attribute(description, decide);
    each_element(description, decide);
  }
}

std::string Packet::written() const {
  std::ostringstream out;
  document_.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return out.str();
}

// All rdf:Description elements that hang right below rdf:RDF.
void Packet::collect(const pugi::xml_node& node) {
  for (const auto& child : node.children()) {
    const Name name = resolved(child, child.name());
    if (name.is(rdf_space, "RDF")) {
      for (const auto& description : child.children()) {
        if (resolved(description, description.name()).is(rdf_space, "Description"))
          descriptions_.push_back(description);
      }
    } else if (node.type() == pugi::node_document || name.local == "xmpmeta" || name.local == "xapmeta") {
      collect(child);
    }
  }
}

void Packet::each_attribute(pugi::xml_node description, const Decide& decide) {
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

void Packet::each_element(pugi::xml_node description, const Decide& decide) {
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

}  // namespace tilework::imageio
