// What files that log include, instead of spdlog's own header: fmt's formatting, which every one of them
// would compile for itself, is taken from fmt's library. That halves the time of a small file.
#pragma once

#include <spdlog/spdlog.h>

#if FMT_VERSION / 10000 == 9 && !defined(__clang__)  // others may call it otherwise
namespace fmt::detail {
extern template void vformat_to<char>(buffer<char>&, basic_string_view<char>,
                                      basic_format_args<buffer_context<char>>, locale_ref);
}  // namespace fmt::detail
#endif
