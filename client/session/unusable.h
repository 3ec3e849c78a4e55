// Why a master can't be used, in words. Pure; any thread.
#pragma once

#include <string>

#include <kj/exception.h>

namespace tilework::client {

// `reached` says that somebody accepted the connection. A timeout counts as kj::Exception::Type::OVERLOADED.
std::string why_unusable(const kj::Exception& error, bool reached);

}  // namespace tilework::client
