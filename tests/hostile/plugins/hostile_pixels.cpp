// Filters that write where they mustn't, look for others' pixels, and return what they shouldn't.
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../plugins/mappings.h"
#include "filter_macro.h"

namespace {

using tilework::test::Mapping;
using tilework::test::mappings;
using namespace std::chrono_literals;

void refuse_unless(bool worked) {
  if (worked) throw std::runtime_error("it worked");
  throw std::runtime_error("refused: " + std::generic_category().message(errno));
}

uchar* behind(const cv::Mat& pixels) {
  return pixels.data + (static_cast<std::size_t>(pixels.rows) - 1) * pixels.step +
         static_cast<std::size_t>(pixels.cols) * pixels.elemSize();
}

HOSTILE_FILTER(WritesBehind, "hostile-writes-behind") {
  in.copyTo(out);
  *behind(out) ^= 1;
}

HOSTILE_FILTER(WritesBefore, "hostile-writes-before") {
  in.copyTo(out);
  out.data[-1] ^= 1;
}

HOSTILE_FILTER(WritesFar, "hostile-writes-far") {
  in.copyTo(out);
  volatile uchar* far = behind(out);
  for (int i = 0; i < 1 << 20; ++i) far[i] = 1;
}

// Where rows follow one another there is no gap, and the act is one on the next row of its own tile.
HOSTILE_FILTER(WritesBetween, "hostile-writes-between-rows") {
  in.copyTo(out);
  const auto row = static_cast<std::size_t>(out.cols) * out.elemSize();
  for (int y = 0; y + 1 < out.rows; ++y) {
    for (auto x = row; x < out.step; ++x) out.ptr(y)[x] ^= 1;
  }
  out.data[out.step * static_cast<std::size_t>(out.rows)] ^= 1;
}

HOSTILE_FILTER(WritesInput, "hostile-writes-input") {
  const_cast<cv::Mat&>(in).setTo(0);
  in.copyTo(out);
}

uchar* page_of(const void* data) {
  const auto size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return reinterpret_cast<uchar*>(reinterpret_cast<std::uintptr_t>(data) / size * size);
}

HOSTILE_FILTER(UnlocksInput, "hostile-unlocks-input") {
  refuse_unless(::mprotect(page_of(in.data), 1, PROT_READ | PROT_WRITE) == 0);
}

// All slabs that this process was given for reading, by their descriptors.
HOSTILE_FILTER(RemapsInput, "hostile-remaps-input") {
  bool worked = false;
  for (int fd = 3; fd < 512; ++fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    std::array<char, 64> name{};
    if (::readlink(path.c_str(), name.data(), name.size() - 1) < 0) continue;
    if (std::string(name.data()).find("tilework-slab") == std::string::npos) continue;
    const int again = ::open(path.c_str(), O_RDWR);
    worked = worked || again >= 0;
    ::close(again);
  }
  errno = EPERM;
  refuse_unless(worked);
}

// Opens the pages around its tile, and writes on what is there.
HOSTILE_FILTER(UnlocksGuard, "hostile-unlocks-guard") {
  in.copyTo(out);
  uchar* next = page_of(behind(out)) + (1 << 12);
  if (::mprotect(next, 1 << 12, PROT_READ | PROT_WRITE) == 0) *next = 1;
  *behind(out) ^= 1;
}

HOSTILE_FILTER(UnmapsInput, "hostile-unmaps-input") {
  for (const Mapping& each : mappings("r")) {
    if (each.is_slab)
      ::munmap(const_cast<unsigned char*>(each.begin), static_cast<std::size_t>(each.end - each.begin));
  }
  in.copyTo(out);
}

void spoil(const Mapping& where) {
  for (auto* at = where.begin; at < where.end; at += 61) *at = static_cast<unsigned char>(*at ^ 0x55);
}

HOSTILE_FILTER(LeavesWriter, "hostile-leaves-writer") {
  in.copyTo(out);
  std::thread([] {
    while (true) {
      for (const Mapping& where : mappings("rw")) {
        if (where.is_slab) spoil(where);
      }
    }
  }).detach();
}

HOSTILE_FILTER(WritesLate, "hostile-writes-late") {
  in.copyTo(out);
  std::thread([data = out.data] {
    std::this_thread::sleep_for(5ms);
    for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(1ms)) *data = static_cast<uchar>(*data ^ 1);
  }).detach();
}

HOSTILE_FILTER(LeavesThreads, "hostile-leaves-threads") {
  in.copyTo(out);
  for (int i = 0; i < 3; ++i) std::thread([] { std::this_thread::sleep_for(1h); }).detach();
}

bool holds(const Mapping& where, const std::string& masked) {
  std::size_t met = 0;
  const auto wanted = [&](std::size_t i) { return static_cast<unsigned char>(masked[i] ^ 0x5a); };
  for (auto* at = where.begin; at < where.end; ++at) {
    met = *at == wanted(met) ? met + 1 : *at == wanted(0) ? 1 : 0;
    if (met == masked.size()) return true;
  }
  return false;
}

// What is looked for stands masked in this image's first row, so that it is found nowhere by that alone.
HOSTILE_FILTER(LooksAround, "hostile-looks-around") {
  const std::string masked(reinterpret_cast<const char*>(in.data), 48);
  for (const Mapping& where : mappings("r")) {
    if (holds(where, masked)) throw std::runtime_error("found what it was looking for");
  }
  throw std::runtime_error("found nothing");
}

HOSTILE_FILTER(ReturnsLarger, "hostile-returns-larger") {
  out.release();
  out.create(in.rows + 500, in.cols + 500, in.type());
  out.setTo(1);
}
HOSTILE_FILTER(ReturnsOther, "hostile-returns-other") {
  out.release();
  out.create(in.rows, in.cols, CV_64FC4);
}
HOSTILE_FILTER(ReturnsNothing, "hostile-returns-nothing") {
  out.release();
}
HOSTILE_FILTER(ReturnsInput, "hostile-returns-input") {
  out = in;
}
HOSTILE_FILTER(ReturnsNan, "hostile-returns-nan") {
  in.copyTo(out);
  out.ptr<float>(out.rows / 2)[out.cols / 2] = std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

TILEWORK_FILTERS(WritesBehind, WritesBefore, WritesFar, WritesBetween, WritesInput, UnlocksInput, RemapsInput,
                 UnlocksGuard, UnmapsInput, LeavesWriter, WritesLate, LeavesThreads, LooksAround,
                 ReturnsLarger, ReturnsOther, ReturnsNothing, ReturnsInput, ReturnsNan)
