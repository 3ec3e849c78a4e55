#include "server/imageio/metadata/xmp.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "server/imageio/metadata/xmp_packet.h"

namespace tilework::imageio {
namespace {

constexpr std::string_view tiff = "http://ns.adobe.com/tiff/1.0/";
constexpr std::string_view exif = "http://ns.adobe.com/exif/1.0/";
constexpr std::string_view xmp_ns = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view dc = "http://purl.org/dc/elements/1.1/";
constexpr std::string_view gain_map = "http://ns.adobe.com/hdr-gain-map/1.0/";
constexpr std::string_view apple_gain_map = "http://ns.apple.com/HDRGainMap/1.0/";
constexpr std::string_view container = "http://ns.google.com/photos/1.0/container/";
constexpr std::string_view camera = "http://ns.google.com/photos/1.0/camera/";
constexpr std::string_view regions = "http://www.metadataworkinggroup.com/schemas/regions/";
constexpr std::string_view microsoft_photo = "http://ns.microsoft.com/photo/1.2/";
constexpr std::string_view iptc_extension = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
constexpr std::string_view camera_raw = "http://ns.adobe.com/camera-raw-settings/1.0/";

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

// Places within the stored picture.
bool is_region(const Name& name) {
  return name.space == regions || name.is(microsoft_photo, "RegionInfo") ||
         name.is(iptc_extension, "ImageRegion") || name.is(exif, "SubjectArea") ||
         name.is(exif, "SubjectLocation");
}

bool is_crop(const Name& name) {
  return name.space == camera_raw && (name.local == "HasCrop" || name.local.starts_with("Crop"));
}

// What changes places where a picture's sides do.
class Pairs {
 public:
  explicit Pairs(Packet& packet) {
    packet.each([this](const Name& name, const std::string& value) {
      if (is_one(name)) values_[name.local] = value;
      return &value;
    });
  }

  static bool is_one(const Name& name) {
    return (name.space == tiff && (name.local == "XResolution" || name.local == "YResolution")) ||
           (name.space == exif &&
            (name.local == "FocalPlaneXResolution" || name.local == "FocalPlaneYResolution"));
  }

  // The other one's value, or nothing where there isn't one.
  const std::string* other(const Name& name) const {
    std::string local = name.local;
    const std::size_t axis = local.size() - std::string_view("XResolution").size();
    local[axis] = local[axis] == 'X' ? 'Y' : 'X';
    const auto found = values_.find(local);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, std::string> values_;
};

// After a turn, but for the orientation; notes what is lost.
void turn_places(Packet& packet, bool is_transposed, std::vector<std::string>& notes) {
  const Pairs pairs(packet);
  bool had_regions = false, had_crop = false, has_no_crop = false;
  packet.each([&](const Name& name, const std::string& value) -> const std::string* {
    if (is_transposed && Pairs::is_one(name)) return pairs.other(name);
    has_no_crop = has_no_crop || (name.is(camera_raw, "HasCrop") && (value == "False" || value == "false"));
    had_crop = had_crop || is_crop(name);
    had_regions = had_regions || is_region(name);
    return is_crop(name) || is_region(name) ? nullptr : &value;
  });
  if (had_regions) notes.emplace_back("regions marked in XMP were left out, since the picture was turned");
  if (had_crop && !has_no_crop) {
    notes.emplace_back("Camera Raw's crop in XMP was left out, since the picture was turned");
  }
}

}  // namespace

std::string turned_xmp(const std::string& xmp, int orientation, std::vector<std::string>& notes) {
  Packet packet(xmp);
  if (!packet.is_sound()) return xmp;
  const std::string upright = "1";
  const bool is_turned = orientation != 1;
  bool had_film = false;
  packet.each([&](const Name& name, const std::string& value) -> const std::string* {
    if (name.is(tiff, "Orientation") && is_turned) return &upright;
    if (name.is(xmp_ns, "Thumbnails") || name.is(note_space, "HasExtendedXMP")) return nullptr;
    if (is_gain_map(name) || name.is(container, "Directory")) return nullptr;
    if (is_film(name)) {
      had_film = true;
      return nullptr;
    }
    return &value;
  });
  if (had_film) notes.emplace_back("the film that followed the picture (a motion photo) was left out");
  if (is_turned) turn_places(packet, orientation >= 5, notes);
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
