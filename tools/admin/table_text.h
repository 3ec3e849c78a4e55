// Words and numbers of the tables. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model/admin.h"

namespace tilework::admin {

// "12 s", "3 min", "5 h", "2 d": how long ago something was.
std::string age_text(std::chrono::milliseconds age);

// "3/4".
std::string share(std::uint64_t part, std::uint64_t whole);

// "1 worker", "3 workers".
std::string counted(std::uint64_t count, const std::string& thing);

// "local-2" before "local-10".
bool natural_less(std::string_view a, std::string_view b);

// How many characters of the ids it takes to tell them apart, at least 8.
std::size_t telling_length(const std::vector<std::string>& ids);

const char* word(WorkerState state);
const char* word(PluginState state);
const char* word(JobState state);

}  // namespace tilework::admin
