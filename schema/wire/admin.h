// What administrators see, between its C++ values and Cap'n Proto. Reading throws UserError for states that
// it doesn't know. Pure; any thread.
#pragma once

#include "schema/admin.capnp.h"
#include "schema/model/admin.h"

namespace tilework::wire {

void write(rpc::Overview::Builder to, const MasterOverview& from);
MasterOverview read(rpc::Overview::Reader from);

void write(rpc::WorkerEntry::Builder to, const WorkerDetails& from);
void write(rpc::DepartedWorker::Builder to, const DepartedWorker& from);
WorkerList read(rpc::Admin::WorkersResults::Reader from);

void write(rpc::ClientEntry::Builder to, const ClientDetails& from);
std::vector<ClientDetails> read(capnp::List<rpc::ClientEntry>::Reader from);

void write(rpc::PluginEntry::Builder to, const PluginDetails& from);
void write(rpc::RefusedFile::Builder to, const RefusedPlugin& from);
PluginList read(rpc::Admin::PluginsResults::Reader from);

void write(rpc::JobEntry::Builder to, const JobSummary& from);
std::vector<JobSummary> read(capnp::List<rpc::JobEntry>::Reader from);

void write(rpc::LogLine::Builder to, const LogLine& from);
std::vector<LogLine> read(capnp::List<rpc::LogLine>::Reader from);

}  // namespace tilework::wire
