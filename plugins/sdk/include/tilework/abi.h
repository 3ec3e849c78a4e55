/* The binary contract between a plugin and its host: plain C, so that neither side depends on the other's
 * C++.
 *
 * A plugin exports one function, tilework_plugin(). The host reads `abi` first and touches nothing else when
 * the number is not its own. Authors never write this by hand: <tilework/filter.h> fills it in.
 *
 * Threads: an instance, and a stats object, is used by one thread at a time.
 * Errors: a function that can fail returns 0 for success, anything else for failure with a text in
 * TileworkFailure. No exception crosses the border. Ownership: the tables and strings live as long as the
 * library is loaded, which is until the process ends.
 */
#ifndef TILEWORK_ABI_H
#define TILEWORK_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change to anything below that a plugin or a host of before would misread. */
#define TILEWORK_ABI_NUMBER 2u

enum { TILEWORK_U8 = 0, TILEWORK_U16 = 1, TILEWORK_F32 = 2 };
enum { TILEWORK_LOCAL = 0, TILEWORK_GLOBAL = 1, TILEWORK_DETECTOR = 2 };
enum {
  TILEWORK_INT = 0,
  TILEWORK_ODD = 1,
  TILEWORK_FLOAT = 2,
  TILEWORK_BOOL = 3,
  TILEWORK_CHOICE = 4,
  TILEWORK_COLOUR = 5
};

/* Of TileworkFilter.channels. */
#define TILEWORK_ALPHA_ASIDE (1u << 8)

typedef struct TileworkFormat {
  int32_t depth;    /* TILEWORK_U8, ... */
  int32_t channels; /* 1 to 4, interleaved; colour in the order blue, green, red; 2 and 4 end with alpha */
} TileworkFormat;

/* Pixels that the host owns. Row r starts at data + r * step bytes. */
typedef struct TileworkImage {
  void* data;
  int64_t step;
  int32_t rows;
  int32_t columns;
  TileworkFormat format;
} TileworkImage;

typedef struct TileworkRect {
  int32_t x, y, width, height;
} TileworkRect;

/* Where the pixels at hand lie, in the coordinates of the whole image. */
typedef struct TileworkPlace {
  TileworkRect segment; /* the pixels that are given */
  TileworkRect tile;    /* the pixels that are kept; inside segment */
  int32_t image_width;
  int32_t image_height;
} TileworkPlace;

typedef struct TileworkHalo {
  int32_t left, top, right, bottom; /* pixels read beyond the tile on each side */
  int32_t align;                    /* the tile is first grown to multiples of this; 1 for most filters */
} TileworkHalo;

/* A parameter's value. int, odd, float, bool (0 or 1) and choice (its index) use component[0];
 * a colour is blue, green, red, each 0 to 1. */
typedef struct TileworkValue {
  double component[3];
} TileworkValue;

typedef struct TileworkParameter {
  const char* name;  /* lower case, digits, dashes */
  const char* label; /* for people */
  const char* unit;  /* "px" is scaled for reduced previews; "" for none */
  const char* help;  /* one sentence; "" for none */
  int32_t type;      /* TILEWORK_INT, ... */
  int32_t choice_count;
  const char* const* choices;        /* names of a choice's values, in order; null for other types */
  double minimum, maximum;           /* hard range of numbers, inclusive */
  double soft_minimum, soft_maximum; /* what a slider offers */
  TileworkValue initial;             /* the default */
} TileworkParameter;

/* Takes the bytes of serialised stats. Called once, from within stats_write. */
typedef struct TileworkOutput {
  void* context;
  void (*write)(void* context, const void* data, size_t size);
} TileworkOutput;

/* Takes what a detector finds, while detect() runs. The box is in pixels of the image that detect() was
 * given; the label is UTF-8 of at most 64 bytes and is copied. Returns 0, or anything else when it takes no
 * more: then detect() is to return a failure. */
typedef struct TileworkFindings {
  void* context;
  int (*add)(void* context, const TileworkRect* box, const char* label, double score);
} TileworkFindings;

typedef struct TileworkFailure {
  char text[1024]; /* UTF-8, ends with a zero byte */
} TileworkFailure;

typedef struct TileworkFilter {
  const char* name; /* lower case, digits, dashes; unique in a cluster */
  const char* version;
  const char* label;
  const char* group;
  const char* help;  /* one sentence */
  int32_t kind;      /* TILEWORK_LOCAL, ... */
  uint32_t depths;   /* bit (1 << depth) for each depth that it takes */
  uint32_t channels; /* bit (1 << n) for each channel count that it takes; and TILEWORK_ALPHA_ASIDE */
  /* 1: it gets alpha and returns it. 0: it gets images without alpha. The host weighs colours by alpha, and
   * lets the filter run on alpha as on a gray image, when the filter is a local one that has a halo, returns
   * the format that it gets and doesn't set TILEWORK_ALPHA_ASIDE. Else alpha is joined again as it was. */
  int32_t takes_alpha;

  int32_t parameter_count;
  const TileworkParameter* parameters;

  /* A filter with its parameters set. `values` holds parameter_count values, in the order of `parameters`,
   * which the host has checked against their declaration. */
  int (*create)(const TileworkValue* values, void** instance, TileworkFailure* failure);
  void (*destroy)(void* instance);

  /* What the filter reads and returns, for input of a format that it takes. A detector's halo is what it
   * reads beyond a finding's box, and its output is its input. */
  int (*describe)(void* instance, TileworkFormat input, TileworkHalo* halo, TileworkFormat* output,
                  TileworkFailure* failure);

  /* Null for a detector. Fills `out`, which has the rows and columns of `in` and the format that describe()
   * gave. `stats` is null for a local filter, and finished stats for a global one. */
  int (*apply)(void* instance, const void* stats, const TileworkPlace* place, const TileworkImage* in,
               const TileworkImage* out, TileworkFailure* failure);

  /* From here to stats_read: a global filter's alone, null for others. */
  int (*analyse)(void* instance, void* stats, const TileworkPlace* place, const TileworkImage* in,
                 TileworkFailure* failure);
  int (*merge)(void* instance, void* into, const void* from, TileworkFailure* failure);
  /* Called once when the whole image has been merged, before the first apply(). */
  int (*finish)(void* instance, void* stats, TileworkFailure* failure);

  int (*stats_create)(void** stats, TileworkFailure* failure);
  void (*stats_destroy)(void* stats);
  int (*stats_write)(const void* stats, const TileworkOutput* output, TileworkFailure* failure);
  int (*stats_read)(const void* data, size_t size, void** stats, TileworkFailure* failure);

  /* A detector's alone, null for others. `largest` says the longest side, in pixels, of the boxes that it
   * reports: the host drops larger ones. `detect` looks for objects in `in`, some of which may be cut off at
   * its borders; the host keeps those whose boxes have their centres in the tile. */
  int (*largest)(void* instance, int32_t* pixels, TileworkFailure* failure);
  int (*detect)(void* instance, const TileworkImage* in, const TileworkFindings* findings,
                TileworkFailure* failure);
} TileworkFilter;

typedef struct TileworkPlugin {
  uint32_t abi;       /* TILEWORK_ABI_NUMBER; read before all else */
  uint32_t size;      /* sizeof(TileworkPlugin) */
  const char* opencv; /* "4.6": major and minor number of the OpenCV that it was built with */
  int32_t filter_count;
  const TileworkFilter* filters;
} TileworkPlugin;

#define TILEWORK_PLUGIN_SYMBOL "tilework_plugin"
typedef const TileworkPlugin* (*TileworkPluginFunction)(void);

#ifdef __cplusplus
}
#endif
#endif
