// Builds the C table of a filter from its C++ struct. Authors need not read this.
#pragma once

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include <opencv2/core/version.hpp>
#include <tilework/detail/check.h>
#include <tilework/filter.h>

namespace tilework::detail {

inline void say(TileworkFailure* failure, const char* text) {
  std::snprintf(failure->text, sizeof failure->text, "%s", text);
}

// Runs `body`; an exception becomes its text and a non-zero result.
template <class Body>
int guarded(TileworkFailure* failure, Body&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    say(failure, error.what());
  } catch (...) {
    say(failure, "an exception that is no std::exception");
  }
  return 1;
}

inline cv::Rect to_rect(const TileworkRect& r) {
  return {r.x, r.y, r.width, r.height};
}
inline Place to_place(const TileworkPlace& p) {
  return {to_rect(p.segment), to_rect(p.tile), {p.image_width, p.image_height}};
}
inline PixelFormat to_format(const TileworkFormat& f) {
  return {static_cast<Depth>(f.depth), f.channels};
}
inline TileworkFormat to_c(const PixelFormat& f) {
  return {static_cast<int32_t>(f.depth), f.channels};
}

// A matrix of its own over the host's pixels: not a sub-matrix, so OpenCV reads nothing beyond it.
inline cv::Mat to_mat(const TileworkImage& image) {
  return {image.rows, image.columns, to_format(image.format).cv_type(), image.data,
          static_cast<std::size_t>(image.step)};
}

template <class F>
const std::vector<Parameter<F>>& parameters_of() {
  static const std::vector<Parameter<F>> list = [] {
    if constexpr (HasParameters<F>) {
      return F::parameters();
    } else {
      return std::vector<Parameter<F>>{};
    }
  }();
  return list;
}

template <class F>
const std::vector<TileworkParameter>& parameter_table() {
  static const std::vector<TileworkParameter> table = [] {
    std::vector<TileworkParameter> entries;
    for (const auto& parameter : parameters_of<F>()) entries.push_back(parameter.table_entry());
    return entries;
  }();
  return table;
}

template <class F>
int create(const TileworkValue* values, void** instance, TileworkFailure* failure) {
  return guarded(failure, [&] {
    auto filter = std::make_unique<F>();
    for (const auto& parameter : parameters_of<F>()) parameter.write(*filter, *values++);
    *instance = filter.release();
  });
}

template <class F>
void destroy(void* instance) {
  delete static_cast<F*>(instance);
}

template <class F>
int describe(void* instance, TileworkFormat input, TileworkHalo* halo, TileworkFormat* output,
             TileworkFailure* failure) {
  return guarded(failure, [&] {
    const F& filter = *static_cast<const F*>(instance);
    Halo h;
    if constexpr (HasHalo<F>) h = filter.halo();
    *halo = {h.left, h.top, h.right, h.bottom, h.align};
    if constexpr (HasOutput<F>) {
      *output = to_c(filter.output(to_format(input)));
    } else {
      *output = input;
    }
  });
}

template <class F>
void call_apply(const F& filter, [[maybe_unused]] const void* stats, [[maybe_unused]] const Place& place,
                const cv::Mat& in, cv::Mat& out) {
  if constexpr (GlobalFilter<F>) {
    const auto& learnt = *static_cast<const typename F::Stats*>(stats);
    if constexpr (requires { filter.apply(learnt, in, out, place); }) {
      filter.apply(learnt, in, out, place);
    } else {
      filter.apply(learnt, in, out);
    }
  } else if constexpr (requires { filter.apply(in, out, place); }) {
    filter.apply(in, out, place);
  } else {
    filter.apply(in, out);
  }
}

template <class F>
int apply(void* instance, const void* stats, const TileworkPlace* place, const TileworkImage* in,
          const TileworkImage* out, TileworkFailure* failure) {
  return guarded(failure, [&] {
    const cv::Mat wanted = to_mat(*out);
    cv::Mat result = wanted;
    call_apply(*static_cast<const F*>(instance), stats, to_place(*place), to_mat(*in), result);
    if (result.size() != wanted.size() || result.type() != wanted.type()) {
      throw std::logic_error("it returned " + std::to_string(result.cols) + "x" +
                             std::to_string(result.rows) + " " + cv::typeToString(result.type()) + " where " +
                             std::to_string(wanted.cols) + "x" + std::to_string(wanted.rows) + " " +
                             cv::typeToString(wanted.type()) + " was declared by output()");
    }
    if (result.data != wanted.data) result.copyTo(wanted);
  });
}

template <class F>
int largest(void* instance, int32_t* pixels, TileworkFailure* failure) {
  return guarded(failure, [&] { *pixels = static_cast<const F*>(instance)->largest(); });
}

template <class F>
int detect(void* instance, const TileworkImage* in, const TileworkFindings* findings,
           TileworkFailure* failure) {
  return guarded(failure, [&] {
    Findings list(*findings);
    static_cast<const F*>(instance)->detect(to_mat(*in), list);
  });
}

template <class F>
struct StatsFunctions {
  using Stats = typename F::Stats;

  static int analyse(void* instance, void* stats, const TileworkPlace* place, const TileworkImage* in,
                     TileworkFailure* failure) {
    return guarded(failure, [&] {
      static_cast<const F*>(instance)->analyse(to_mat(*in), to_place(*place), *static_cast<Stats*>(stats));
    });
  }
  static int merge(void* instance, void* into, const void* from, TileworkFailure* failure) {
    return guarded(failure, [&] {
      static_cast<const F*>(instance)->merge(*static_cast<Stats*>(into), *static_cast<const Stats*>(from));
    });
  }
  static int finish([[maybe_unused]] void* instance, [[maybe_unused]] void* stats, TileworkFailure* failure) {
    return guarded(failure, [&] {
      if constexpr (HasFinish<F>) static_cast<const F*>(instance)->finish(*static_cast<Stats*>(stats));
    });
  }
  static int create(void** stats, TileworkFailure* failure) {
    return guarded(failure, [&] { *stats = new Stats{}; });
  }
  static void destroy(void* stats) { delete static_cast<Stats*>(stats); }
  static int write(const void* stats, const TileworkOutput* output, TileworkFailure* failure) {
    return guarded(failure, [&] {
      Writer writer;
      const Stats& value = *static_cast<const Stats*>(stats);
      if constexpr (WritesItself<Stats>) {
        value.write(writer);
      } else {
        writer.put(value);
      }
      output->write(output->context, writer.bytes().data(), writer.bytes().size());
    });
  }
  static int read(const void* data, size_t size, void** stats, TileworkFailure* failure) {
    return guarded(failure, [&] {
      Reader reader({static_cast<const std::byte*>(data), size});
      auto value = std::make_unique<Stats>([&] {
        if constexpr (WritesItself<Stats>) {
          return Stats::read(reader);
        } else {
          return reader.get<Stats>();
        }
      }());
      if (!reader.at_end()) throw std::invalid_argument("stats are longer than they should be");
      *stats = value.release();
    });
  }
};

template <class F>
constexpr Takes takes_of() {
  if constexpr (HasTakes<F>) {
    return F::takes;
  } else {
    return Takes{};
  }
}

template <AnyFilter F>
TileworkFilter filled_table() {
  constexpr Takes takes = takes_of<F>();
  TileworkFilter t{};
  t.name = F::about.name;
  t.version = F::about.version;
  t.label = F::about.label;
  t.group = F::about.group;
  t.help = F::about.help;
  t.kind = Detector<F> ? TILEWORK_DETECTOR : GlobalFilter<F> ? TILEWORK_GLOBAL : TILEWORK_LOCAL;
  t.depths = (takes.u8 ? 1u << TILEWORK_U8 : 0u) | (takes.u16 ? 1u << TILEWORK_U16 : 0u) |
             (takes.f32 ? 1u << TILEWORK_F32 : 0u);
  t.channels = (takes.gray ? 1u << 1 : 0u) | (takes.colour ? 1u << 3 : 0u);
  if (takes.alpha) t.channels |= (takes.gray ? 1u << 2 : 0u) | (takes.colour ? 1u << 4 : 0u);
  if (takes.alpha_aside) t.channels |= TILEWORK_ALPHA_ASIDE;
  t.takes_alpha = takes.alpha ? 1 : 0;
  t.parameter_count = static_cast<int32_t>(parameter_table<F>().size());
  t.parameters = parameter_table<F>().data();
  t.create = &create<F>;
  t.destroy = &destroy<F>;
  t.describe = &describe<F>;
  if constexpr (Detector<F>) {
    t.largest = &largest<F>;
    t.detect = &detect<F>;
  } else {
    t.apply = &apply<F>;
  }
  if constexpr (GlobalFilter<F>) {
    t.analyse = &StatsFunctions<F>::analyse;
    t.merge = &StatsFunctions<F>::merge;
    t.finish = &StatsFunctions<F>::finish;
    t.stats_create = &StatsFunctions<F>::create;
    t.stats_destroy = &StatsFunctions<F>::destroy;
    t.stats_write = &StatsFunctions<F>::write;
    t.stats_read = &StatsFunctions<F>::read;
  }
  return t;
}

template <class F>
TileworkFilter table() {
  check<F>();
  if constexpr (AnyFilter<F>) {
    return filled_table<F>();
  } else {
    return {};  // check() has said why
  }
}

inline constexpr const char* opencv_version = CVAUX_STR(CV_VERSION_MAJOR) "." CVAUX_STR(CV_VERSION_MINOR);

template <class... Filters>
const TileworkPlugin* plugin() {
  static const TileworkFilter filters[] = {table<Filters>()...};
  static const TileworkPlugin plugin{TILEWORK_ABI_NUMBER, sizeof(TileworkPlugin), opencv_version,
                                     static_cast<int32_t>(sizeof...(Filters)), filters};
  return &plugin;
}

}  // namespace tilework::detail
