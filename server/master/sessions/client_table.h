// The sessions of all clients. On the event loop's thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <kj/common.h>

#include "schema/model/admin.h"

namespace tilework::master {

// A session, as administrators see and steer it.
class ConnectedClient {
 public:
  virtual ClientDetails details() = 0;
  // It is told the reason, and leaves the table.
  virtual void end(const std::string& reason) = 0;

 protected:
  ~ConnectedClient() = default;
};

class ClientTable {
 public:
  ClientTable() = default;
  KJ_DISALLOW_COPY(ClientTable);

  // The client is in the table until it is removed. `number` is unique while the master runs.
  void add(std::uint64_t number, ConnectedClient& client);
  void remove(std::uint64_t number);

  std::size_t size() const { return clients_.size(); }
  // Of those, how many are at that address: an Endpoint's host.
  std::size_t count_at(const std::string& host) const;
  // In the order in which they came.
  std::vector<ClientDetails> list() const;

  // The client with that number, or the only one of that name, as "ada@lab". Throws tilework::Error.
  ConnectedClient& get(const std::string& client) const;

 private:
  std::map<std::uint64_t, ConnectedClient*> clients_;
};

}  // namespace tilework::master
