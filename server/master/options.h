// What an administrator can set for a master. The defaults are safe for a server that strangers reach.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/host/process/host_process.h"
#include "server/imageio/source.h"
#include "server/pixel_codec/pixel_link.h"

namespace tilework::master {

struct Limits {
  imageio::Limits image{.pixels = 20'000'000'000, .side = 1'000'000};
  std::uint64_t upload_bytes = 8ull << 30;  // of one file
  unsigned recipe_filters = 64;
  unsigned images_per_client = 256;   // uploaded and not dropped
  unsigned jobs_per_client = 256;     // not finished
  unsigned previews_per_client = 64;  // images that are open for previews
  unsigned previews = 256;            // all clients' together; who has none may always open one
  unsigned clients = 256;
  unsigned clients_per_address = 128;  // of many users behind one; others get in all the same
  unsigned workers = 4096;
  unsigned newcomers = 64;  // connections that haven't signed in
};

struct MasterOptions {
  std::string address;  // that it listens on, for people
  std::string plugins;  // folder
  std::string state;    // folder for what outlives the master
  host::HostProgram filter_host;
  std::string spool;                            // folder for uploads and results, which have no name there
  std::uint64_t spool_bytes = 0;                // that these may take together; 0: what the disk has
  unsigned running_jobs = 4;                    // large ones at the same time: engine::Admission's places
  std::uint64_t bytes_in_flight = 96ull << 20;  // decoded pixels of one job, in and out
  std::uint64_t decoding_memory = 4ull << 30;   // of all decoders that hold whole images; others wait
  double heartbeat_seconds = 5;                 // of silence, after which a worker is given up
  double newcomer_seconds = 10;                 // that a connection has to sign in
  double client_seconds = 45;                   // of silence, after which a client is given up
  double upload_seconds = 60;                   // without a byte, after which an upload is given up
  // Of pixels in messages, to and from workers on other machines.
  pixel_codec::Packing packing = pixel_codec::Packing::where_it_pays;
  Limits limits;
};

// Options have seconds as people write them.
inline std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace tilework::master
