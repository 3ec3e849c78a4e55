// What a client asks of a session, and what it gets. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schema/model/job.h"
#include "schema/model/picture.h"
#include "schema/model/recipe.h"

namespace tilework::client {

// Unique, and hard to guess.
std::string new_job_id();

// One image through one recipe, into one file.
struct JobSpec {
  std::string id = new_job_id();
  std::filesystem::path input;   // an encoded image
  std::filesystem::path output;  // replaced in one step when the result is complete; its folder exists
  // Instead: an open file without content, which holds the result when the job has ended well. It stays the
  // caller's; `output` is then what messages call it.
  std::optional<int> output_file = {};
  std::string name;  // what the user calls the image, for messages
  Recipe recipe;
  std::string format;                // the output's: jpeg, png, tiff, webp, bmp, gif
  int jpeg_quality = 95;             // 1 to 100
  std::string chroma = "auto";       // of JPEG: 4:4:4, 4:2:0, or auto, which is 4:2:0 below quality 90
  std::string compression = "auto";  // of TIFF: see schema/model/storing.h
  bool lossless = false;             // of WebP and TIFF, likewise
  bool may_expand = false;           // a large image may come from a tiny file
  int tile_width = 0;                // pixels; 0 x 0: the master chooses
  int tile_height = 0;
  int picture_side = 0;  // of the picture that the observer gets: pixels, at most 1024; 0: none
};

// A job goes on at another master, or at the same one that is back.
struct MasterMove {
  std::string from;  // host:port
  std::string to;
  std::string why;           // "the connection was closed"
  std::uint64_t number = 0;  // the same for all jobs of a session that move together; grows
};

// Told of a job while it runs, on the session's own thread: return at once, and throw nothing. Any may be
// empty. Nothing is called after the job's future is ready.
struct JobObserver {
  std::function<void(std::uint64_t bytes, std::uint64_t total)> uploaded;
  std::function<void(const JobProgress&)> progressed;  // from the end of the upload on
  std::function<void(std::uint64_t bytes, std::uint64_t total)> downloaded;
  std::function<void()> lost = {};                    // its master; the job looks for one that answers
  std::function<void(const MasterMove&)> moved = {};  // and starts again there
  // Parts of a small picture of the result, in any order; after `lost` they come again from the first. Their
  // pixels are there during the call alone.
  std::function<void(const ResultPiece&)> piece = {};
};

struct JobOutcome {
  JobResult result;
  std::vector<std::string> masters;  // that it was at, host:port; the last one gave the result
  // Wall time as the client saw it, one after the other.
  std::chrono::microseconds upload{0};
  std::chrono::microseconds run{0};  // with the wait for the job's turn on the master
  std::chrono::microseconds download{0};
  std::chrono::microseconds lost{0};  // before these: with masters that were lost, and looking for the next
};

}  // namespace tilework::client
