// Values of imageio between Cap'n Proto and C++, as they go to codec hosts and come from them. Pure; any
// thread.
#pragma once

#include "schema/codec.capnp.h"
#include "server/imageio/sink.h"
#include "server/imageio/source.h"

namespace tilework::codec {

void write(rpc::ImageLimits::Builder to, const imageio::Limits& from);
imageio::Limits read(rpc::ImageLimits::Reader from);

void write(rpc::ImageInfo::Builder to, const imageio::Info& from);
// As a host says it. Throws tilework::Error unless an image within these limits can be so.
imageio::Info read(rpc::ImageInfo::Reader from, const imageio::Limits& limits);

void write(rpc::OutputSettings::Builder to, const imageio::OutputSettings& from);
imageio::OutputSettings read(rpc::OutputSettings::Reader from);

void write(rpc::Size::Builder to, cv::Size from);
cv::Size read(rpc::Size::Reader from);

void write(capnp::List<capnp::Text>::Builder to, const std::vector<std::string>& from);
// Sentences for users, and no more of them than any host of ours says.
std::vector<std::string> read(capnp::List<capnp::Text>::Reader from);

}  // namespace tilework::codec
