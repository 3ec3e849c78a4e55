#include "client/session/input_file.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"

namespace tilework::client {

TEST_CASE("a file without a name is told so") {
  CHECK_THROWS_WITH(open_input_file("", ""), "the name of a file is empty");
  CHECK_THROWS_WITH(open_input_file("/none/a.png", "a.png"),
                    "a.png can't be read: No such file or directory");
}

}  // namespace tilework::client
