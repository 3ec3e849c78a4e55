#include "server/commands/options.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "server/pixel_codec/pixel_link.h"

namespace tilework::server {
namespace {

void add_common(CLI::App& app, CommonOptions& common) {
  app.add_option("--plugins", common.plugins, "Folder with the plugins")->capture_default_str();
  app.add_option("--state", common.state,
                 "Folder for what is kept from start to start, such as versions of plugins; it is made if it "
                 "isn't there")
      ->capture_default_str();
  app.add_option("--host-memory", common.host_limits.memory_bytes,
                 "Memory that one filter host may take, shared pixels not counted")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{64} << 20, std::uint64_t{1} << 42))
      ->capture_default_str();
  app.add_option("--log-file", common.log_file,
                 "Write the log there instead of to standard error; SIGHUP opens it again, after a rotation");
  app.add_option("--log-level", common.log_level, "What is logged")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--die-with-parent", common.die_with_parent)->group("");
}

void add_work(CLI::App& app, master::MasterOptions& options) {
  app.add_option("--spool", options.spool, "Folder for uploads and results; they have no name in it")
      ->capture_default_str();
  app.add_option("--running-jobs", options.running_jobs,
                 "N: how many jobs with large images run at the same time; further ones wait. A client that "
                 "has none running "
                 "needn't wait unless N others have some, so that up to 2N - 1 run in all. Small images are "
                 "counted apart: "
                 "as many again, and at least 4")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  app.add_option("--bytes-in-flight", options.bytes_in_flight,
                 "Decoded pixels of one job that are held at a time")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  const std::map<std::string, pixel_codec::Packing> codecs{{"auto", pixel_codec::Packing::where_it_pays},
                                                           {"none", pixel_codec::Packing::never},
                                                           {"zstd", pixel_codec::Packing::always}};
  app.add_option_function<std::string>(
         "--segment-codec",
         [&options, codecs](const std::string& name) { options.packing = codecs.at(name); },
         "How pixels travel to and from workers on other machines: packed where that is quicker, never, or "
         "always")
      ->check(CLI::IsMember({"auto", "none", "zstd"}))
      ->default_str("auto");
  app.add_option("--heartbeat-seconds", options.heartbeat_seconds, "Silence after which a worker is given up")
      ->check(CLI::Range(0.5, 3600.0))
      ->capture_default_str();
  app.add_option("--client-seconds", options.client_seconds,
                 "Silence after which a client is given up, and its jobs are cancelled")
      ->check(CLI::Range(2.0, 3600.0))
      ->capture_default_str();
}

void add_limits_of_images(CLI::App& app, master::MasterOptions& options) {
  auto& limits = options.limits;
  app.add_option("--max-pixels", limits.image.pixels, "Largest image, in pixels")->capture_default_str();
  app.add_option(
         "--max-decoder-memory", limits.image.decoder_bytes,
         "Memory that decoding one image may take; progressive JPEG and interlaced PNG need all of it")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--decoding-memory", options.decoding_memory,
                 "Memory that decoding such images may take in all, for jobs and previews; others wait")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--max-expansion", limits.image.expansion,
                 "Refuse a large image whose pixels take more than this many times the bytes of its file, "
                 "for a small file "
                 "may claim to be a giant image. Whoever means it says --allow-expansion. 0: refuse none")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--max-upload", limits.upload_bytes, "Largest file, in bytes")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--upload-seconds", options.upload_seconds,
                 "Time without a byte after which a file that is on its way is given up")
      ->check(CLI::Range(0.5, 3600.0))
      ->capture_default_str();
  app.add_option("--max-spool", options.spool_bytes,
                 "Bytes of uploads and results together, those on their way too; 0: what the disk has")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--max-recipe", limits.recipe_filters, "Most filters in a recipe")->capture_default_str();
}

void add_limits_of_peers(CLI::App& app, master::MasterOptions& options) {
  auto& limits = options.limits;
  app.add_option("--max-images", limits.images_per_client, "Most images that a client has uploaded at a time")
      ->capture_default_str();
  app.add_option("--max-jobs", limits.jobs_per_client, "Most unfinished jobs of a client")
      ->capture_default_str();
  app.add_option("--max-previews", limits.previews_per_client, "Most images that a client looks at at a time")
      ->capture_default_str();
  app.add_option("--max-all-previews", limits.previews,
                 "Most images that all clients look at at a time; one more for who has none")
      ->capture_default_str();
  app.add_option("--max-clients", limits.clients, "Most clients at a time")->capture_default_str();
  app.add_option("--max-clients-per-address", limits.clients_per_address, "Most of them from one address")
      ->capture_default_str();
  app.add_option("--max-workers", limits.workers, "Most workers")->capture_default_str();
  app.add_option("--max-newcomers", limits.newcomers,
                 "Most connections that haven't signed in as a client, a worker or an administrator; above "
                 "that, the oldest of the network that has most is closed")
      ->check(CLI::Range(1u, 65536u))
      ->capture_default_str();
  app.add_option("--newcomer-seconds", options.newcomer_seconds, "Time that a connection has to sign in")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
}

void add_segment_seconds(CLI::App& app, double& seconds) {
  app.add_option("--segment-seconds", seconds,
                 "Time that a filter has for a segment, besides 20 s for each megapixel")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
}

void add_limits(CLI::App& app, master::MasterOptions& options) {
  add_work(app, options);
  add_limits_of_images(app, options);
  add_limits_of_peers(app, options);
}

}  // namespace

CLI::App* add_master(CLI::App& app, MasterCommand& command) {
  auto* master = app.add_subcommand("master", "Run a master");
  add_common(*master, command.common);
  master->add_option("--listen", command.listen, "Address to listen on, HOST:PORT")->capture_default_str();
  master->add_option("--listen-fd", command.listen_fd)->group("");
  master->add_option("--ready-file", command.ready_file,
                     "Write the address there once the master can be used");
  master->add_option("--ready-workers", command.ready_workers, "Workers that have to join before that")
      ->capture_default_str();
  add_limits(*master, command.options);
  return master;
}

CLI::App* add_worker(CLI::App& app, WorkerCommand& command) {
  auto* worker = app.add_subcommand("worker", "Run a worker");
  add_common(*worker, command.common);
  worker->add_option("--master", command.masters, "Masters to serve, HOST:PORT,HOST:PORT,...")
      ->capture_default_str();
  worker
      ->add_option(
          "--join-secret", command.options.join_secret,
          "File with the masters' join secret, for masters that aren't on this machine (default: the file "
          "join-secret in the state folder, if it is there)")
      ->envname("TILEWORK_JOIN_SECRET_FILE");
  worker->add_option("--name", command.options.name, "Its name in lists")->capture_default_str();
  worker->add_option("--slots", command.options.slots, "Segments that it computes at a time")
      ->check(CLI::Range(1u, 1024u))
      ->capture_default_str();
  add_segment_seconds(*worker, command.segment_seconds);
  return worker;
}

CLI::App* add_local(CLI::App& app, LocalCommand& command) {
  auto* local =
      app.add_subcommand("local", "Run a master and workers on this machine, each a process of its own");
  add_common(*local, command.common);
  local->add_option("--host", command.options.host, "Address to listen on")->capture_default_str();
  local->add_option("--port", command.options.port, "Port to listen on; 0 for any that is free")
      ->capture_default_str();
  local->add_option("--workers", command.options.workers, "How many workers")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  local
      ->add_option("--slots", command.slots,
                   "Segments that a worker computes at a time (default: the cores, shared)")
      ->check(CLI::Range(1u, 1024u));
  local->add_option("--ready-file", command.master.ready_file,
                    "Write the address there once all workers have joined");
  add_segment_seconds(*local, command.worker.segment_seconds);
  add_limits(*local, command.master.options);
  return local;
}

std::vector<std::string> forwarded(const CLI::App& given, const CLI::App& to) {
  std::vector<std::string> words;
  for (const auto* option : given.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--config" || to.get_option_no_throw(name) == nullptr) continue;
    for (const auto& value : option->results()) words.push_back(name + "=" + value);
  }
  return words;
}

}  // namespace tilework::server
