// tilework-desktop: the desktop client.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "client/common/command_line.h"
#include "client/common/interrupt.h"
#include "client/desktop/app.h"
#include "schema/model/clean_text.h"
#include "schema/model/version.h"
#include "schema/transport/endpoint.h"

namespace {

// The work is done and saved by then, so a folder that can't be written is no failure of the program.
void remember(const std::filesystem::path& folder, const tilework::client::Settings& settings) {
  try {
    tilework::client::write_settings(folder, settings);
  } catch (const tilework::Error& error) {
    std::cerr << "tilework-desktop: the settings aren't remembered: " << tilework::clean_line(error.what())
              << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tilework;
  CLI::App app(
      "The desktop client of Tilework: images and recipes with a live preview, computed by a cluster.");
  app.set_version_flag("--version", std::string(version));
  client::AppOptions options;
  app.add_option("IMAGE", options.images,
                 "Images to open, or folders of them: JPEG, PNG, TIFF, WebP, BMP, GIF");
  app.add_option(
      "--master", options.masters,
      "HOST:PORT,... of the cluster's masters. Default: $TILEWORK_MASTER, then those of the last time, "
      "then a private cluster on this machine, which ends with the program");
  bool is_private = false;
  app.add_flag("--private", is_private, "A private cluster, whatever was used the last time");
  bool measures = false;
  app.add_flag("--bench", measures)->group("");  // hidden: for tools/bench
  app.footer(
      "Exit codes: 0, 2 a mistake on the command line, 4 no display or no OpenGL 3, 130 interrupted "
      "(Ctrl-C).");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }
  try {
    const auto folder = client::config_folder();
    client::Settings settings = measures ? client::Settings() : client::read_settings(folder);
    const char* variable = std::getenv("TILEWORK_MASTER");
    if (options.masters.empty() && variable != nullptr) options.masters = variable;
    if (options.masters.empty()) options.masters = settings.masters;
    if (is_private) options.masters.clear();
    if (!options.masters.empty()) transport::parse_endpoints(options.masters);
    if (measures) {
      settings.window = {client::Bench::window_width, client::Bench::window_height};
    }
    client::Window window(settings.window, settings.dark);
    std::optional<client::Bench> bench;
    if (measures) {
      if (options.images.size() != 1) throw UserError("--bench takes one image");
      bench.emplace(options.images.front(), window);
      options.images.clear();
      options.bench = &*bench;
    }
    // What lies in temporary folders and the cluster that was started go in good order then, too.
    cli::Interrupt interrupt;
    {
      client::App desktop(window, settings, options);
      const std::stop_callback close(interrupt.token(), [&window] { window.close(); });
      window.run([&] { return desktop.frame(); }, [&] { return desktop.may_close(); });
    }
    if (bench) {
      std::cout << bench->json() << '\n';
    } else if (!folder.empty()) {
      remember(folder, settings);
    }
    return interrupt.token().stop_requested() ? cli::interrupted : cli::success;
  } catch (const Error& error) {
    std::cerr << "tilework-desktop: " << tilework::clean_line(error.what()) << '\n';
    return cli::exit_code(error.fault());
  } catch (const std::exception& error) {
    std::cerr << "tilework-desktop: " << tilework::clean_line(error.what()) << '\n';
    return cli::job_failed;
  }
}
