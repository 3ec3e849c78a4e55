// Secrets in files: 256 random bits in hexadecimal, which their owner alone can read. Who shows one to a
// master may do what it stands for. Nobody writes one into a log. One thread.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace tilework::server {

class SecretFile {
 public:
  struct Kind {
    const char* name;  // of the file
    const char* what;  // for people, as "the join secret"
  };

  // Reads the file in the folder; makes it first, if it isn't there. Masters that start together in one
  // folder agree on it. Throws UserError when others can read the file, or when it holds something else.
  SecretFile(const std::filesystem::path& folder, const Kind& kind);

  // Takes the same time for every guess of a length.
  bool matches(std::string_view guess) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  using Hash = std::array<unsigned char, 32>;

  static Hash hash_of(std::string_view text);

  std::filesystem::path file_;
  Hash hash_;  // of the secret: guesses of any length compare with it in the same way
};

// What administrators show.
inline constexpr SecretFile::Kind admin_token{"admin-token", "the administrator's token"};
// What workers show that come over the network.
inline constexpr SecretFile::Kind join_secret{"join-secret", "the join secret"};

// A master's secret, or a copy of it, for who has to show it. Throws UserError that names the file and says
// what to do.
std::string read_secret(const std::filesystem::path& file, const SecretFile::Kind& kind);

}  // namespace tilework::server
