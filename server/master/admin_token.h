// The secret that administrators show: 256 random bits in hexadecimal, in a file that its owner alone can
// read. Nobody writes it into a log. One thread.
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

namespace tilework::master {

class AdminToken {
 public:
  // Reads the file `admin-token` in the folder; makes it first, if it isn't there. Masters that start
  // together in one folder agree on it. Throws UserError when others can read the file, or when it holds
  // something else.
  explicit AdminToken(const std::filesystem::path& folder);

  // Takes the same time for every guess of a length.
  bool matches(std::string_view guess) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  using Hash = std::array<unsigned char, 32>;

  static Hash hash_of(std::string_view text);

  std::filesystem::path file_;
  Hash hash_;  // of the token: guesses of any length compare with it in the same way
};

}  // namespace tilework::master
