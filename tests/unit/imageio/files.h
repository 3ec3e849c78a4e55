// Image files for the tests of imageio: through our sources and sinks, and with the whole image at once
// through libvips as the reference.
#pragma once

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <opencv2/imgproc.hpp>
#include <unistd.h>
#include <vips/vips.h>

#include "server/imageio/sink.h"
#include "server/imageio/source.h"

namespace tilework::imageio {

// A file open for a sink.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path, int flags = O_RDWR | O_CREAT | O_TRUNC)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() { close(fd_); }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Strip by strip; the last one is lower. Gives the sink's notes.
inline std::vector<std::string> write_image(const std::string& path, const cv::Mat& image,
                                            const Metadata& metadata = {}, int strip = 7) {
  const OutputFile file(path);
  Sink sink(file.fd(), image.size(), PixelFormat::of(image), metadata,
            OutputSettings{.format = format_of_extension(path)});
  for (int y = 0; y < image.rows; y += strip) {
    sink.write(image.rowRange(y, std::min(y + strip, image.rows)));
  }
  sink.finish();
  return sink.notes();
}

inline cv::Mat read_all(Source& source, int strip = 5) {
  cv::Mat image(source.info().size, source.info().format.cv_type());
  for (int y = 0; y < image.rows; y += strip) {
    cv::Mat rows = image.rowRange(y, std::min(y + strip, image.rows));
    source.read(rows);
  }
  return image;
}

inline cv::Mat read_image(const std::string& path, int strip = 5) {
  Source source(path, path, Limits{});
  return read_all(source, strip);
}

inline bool same(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return false;
  const auto bytes = static_cast<std::size_t>(a.cols) * a.elemSize();
  for (int y = 0; y < a.rows; ++y) {
    if (std::memcmp(a.ptr(y), b.ptr(y), bytes) != 0) return false;
  }
  return true;
}

inline std::string bytes_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Unchanged pixels, with all that is said of them. Gives both sides' notes.
inline std::vector<std::string> copy_image(const std::string& from, const std::string& to) {
  Source source(from, from, Limits{});
  const OutputFile file(to);
  Sink sink(file.fd(), source.info().size, source.info().format, source.metadata(),
            OutputSettings{.format = format_of_extension(to)}, source.storage());
  sink.write(read_all(source));
  sink.finish();
  std::vector<std::string> notes = source.info().notes;
  const auto other = sink.notes();
  notes.insert(notes.end(), other.begin(), other.end());
  return notes;
}

using VipsOwner = std::shared_ptr<VipsImage>;

inline VipsOwner own(VipsImage* image) {
  if (image == nullptr) throw std::runtime_error(vips_error_buffer());
  return {image, [](VipsImage* it) { g_object_unref(it); }};
}

inline cv::Mat swapped(const cv::Mat& in) {
  cv::Mat out;
  if (in.channels() == 3) cv::cvtColor(in, out, cv::COLOR_RGB2BGR);
  if (in.channels() == 4) cv::cvtColor(in, out, cv::COLOR_RGBA2BGRA);
  return out.empty() ? in.clone() : out;
}

inline VipsOwner to_vips(const cv::Mat& image) {
  const cv::Mat rgb = swapped(image);
  const VipsBandFormat format = image.depth() == CV_8U    ? VIPS_FORMAT_UCHAR
                                : image.depth() == CV_16U ? VIPS_FORMAT_USHORT
                                                          : VIPS_FORMAT_FLOAT;
  const VipsOwner plain = own(vips_image_new_from_memory_copy(rgb.data, rgb.total() * rgb.elemSize(),
                                                              rgb.cols, rgb.rows, rgb.channels(), format));
  const bool gray = image.channels() < 3;
  const VipsInterpretation type = image.depth() == CV_16U
                                      ? (gray ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16)
                                  : gray                   ? VIPS_INTERPRETATION_B_W
                                  : image.depth() == CV_8U ? VIPS_INTERPRETATION_sRGB
                                                           : VIPS_INTERPRETATION_scRGB;
  VipsImage* out = nullptr;
  vips_copy(plain.get(), &out, "interpretation", type, nullptr);
  return own(out);
}

inline cv::Mat from_vips(const VipsOwner& image) {
  const int depth = image->BandFmt == VIPS_FORMAT_UCHAR    ? CV_8U
                    : image->BandFmt == VIPS_FORMAT_USHORT ? CV_16U
                                                           : CV_32F;
  std::size_t size = 0;
  void* data = vips_image_write_to_memory(image.get(), &size);
  if (data == nullptr) throw std::runtime_error(vips_error_buffer());
  const cv::Mat out = swapped(cv::Mat(image->Ysize, image->Xsize, CV_MAKETYPE(depth, image->Bands), data));
  g_free(data);
  return out;
}

// The whole image, by libvips alone, as the file stores it.
inline VipsOwner vips_load(const std::string& path) {
  return own(vips_image_new_from_file(path.c_str(), nullptr));
}

// `path` may end in options, as "a.png[palette]".
inline void vips_save(const VipsOwner& image, const std::string& path) {
  if (vips_image_write_to_file(image.get(), path.c_str(), nullptr) != 0) {
    throw std::runtime_error(vips_error_buffer());
  }
}

}  // namespace tilework::imageio
