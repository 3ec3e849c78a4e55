#include "server/imageio/metadata/geo.h"

#include <array>

#include "server/imageio/metadata/turning.h"

namespace tilework::imageio {
namespace {

constexpr std::uint16_t pixel_scale = 33550, tie_points = 33922, transformation = 34264,
                        key_directory = 34735, double_keys = 34736, ascii_keys = 34737,
                        rational_polynomials = 50844, gdal_metadata = 42112, nodata = 42113;

// GTRasterTypeGeoKey (1025): 2 where a pixel is a point.
bool pixel_is_point(const Directory& first) {
  const Field* field = first.find(key_directory);
  if (field == nullptr) return false;
  const auto keys = field->numbers();
  for (std::size_t i = 4; i + 4 <= keys.size(); i += 4) {
    if (keys[i] == 1025) return keys[i + 3] == 2;
  }
  return false;
}

// The affine part of what the tags say: from pixels to the map; none where there isn't one.
bool matrix_of(const Directory& first, std::array<double, 16>& matrix) {
  if (const Field* field = first.find(transformation)) {
    const auto values = field->numbers();
    if (values.size() != 16) return false;
    std::copy(values.begin(), values.end(), matrix.begin());
    return true;
  }
  const Field *scale_field = first.find(pixel_scale), *tie_field = first.find(tie_points);
  if (scale_field == nullptr || tie_field == nullptr) return false;
  const auto scale = scale_field->numbers(), tie = tie_field->numbers();
  if (scale.size() != 3 || tie.size() != 6) return false;
  matrix = {scale[0], 0, 0,        tie[3] - tie[0] * scale[0], 0, -scale[1], 0, tie[4] + tie[1] * scale[1],
            0,        0, scale[2], tie[5] - tie[2] * scale[2], 0, 0,         0, 1};
  return true;
}

void turn_matrix(std::array<double, 16>& m, const cv::Matx33d& turn) {
  const cv::Matx33d flat{m[0], m[1], m[3], m[4], m[5], m[7], 0, 0, 1};
  const cv::Matx33d turned = flat * turn;
  m[0] = turned(0, 0), m[1] = turned(0, 1), m[3] = turned(0, 2);
  m[4] = turned(1, 0), m[5] = turned(1, 1), m[7] = turned(1, 2);
}

// Points of the picture whose places on the map are known.
void turn_points(Field& field, const cv::Matx33d& turn) {
  auto values = field.numbers();
  const cv::Matx33d back = turn.inv();
  for (std::size_t i = 0; i + 6 <= values.size(); i += 6) {
    const cv::Vec3d place = back * cv::Vec3d(values[i], values[i + 1], 1);
    values[i] = place[0];
    values[i + 1] = place[1];
  }
  field = Field::doubles(values);
}

}  // namespace

const std::set<std::uint16_t>& geo_tags() {
  static const std::set<std::uint16_t> tags{pixel_scale,          tie_points,    transformation,
                                            key_directory,        double_keys,   ascii_keys,
                                            rational_polynomials, gdal_metadata, nodata};
  return tags;
}

bool has_geo_tags(const Directory& first) {
  for (const std::uint16_t tag : geo_tags()) {
    if (first.fields.contains(tag)) return true;
  }
  return false;
}

void turn_geo(Directory& first, int orientation, cv::Size stored, std::vector<std::string>& notes) {
  const double edge = pixel_is_point(first) ? 1 : 0;
  const cv::Matx33d turn = to_stored(orientation, {stored.width - edge, stored.height - edge});
  if (std::array<double, 16> matrix{}; matrix_of(first, matrix)) {
    turn_matrix(matrix, turn);
    first.fields.erase(pixel_scale);
    first.fields.erase(tie_points);
    first.fields[transformation] = Field::doubles({matrix.begin(), matrix.end()});
  } else if (const auto points = first.fields.find(tie_points); points != first.fields.end()) {
    turn_points(points->second, turn);
  }
  if (first.fields.erase(rational_polynomials) > 0) {
    notes.emplace_back("rational polynomials (RPC) were left out, since the picture was turned");
  }
}

}  // namespace tilework::imageio
