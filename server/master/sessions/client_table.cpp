#include "server/master/sessions/client_table.h"

#include <algorithm>

#include "schema/model/error.h"
#include "schema/transport/endpoint.h"

namespace tilework::master {

void ClientTable::add(std::uint64_t number, ConnectedClient& client) {
  clients_.emplace(number, &client);
}

void ClientTable::remove(std::uint64_t number) {
  clients_.erase(number);
}

std::vector<ClientDetails> ClientTable::list() const {
  std::vector<ClientDetails> list;
  for (const auto& [number, client] : clients_) list.push_back(client->details());
  return list;
}

std::size_t ClientTable::count_at(const std::string& host) const {
  return static_cast<std::size_t>(std::ranges::count_if(clients_, [&](const auto& client) {
    return transport::parse_endpoint(client.second->details().address).host == host;
  }));
}

ConnectedClient& ClientTable::get(const std::string& wanted) const {
  ConnectedClient* found = nullptr;
  std::string numbers;
  for (const auto& [number, client] : clients_) {
    if (std::to_string(number) == wanted) return *client;
    if (name_of(client->details().info) != wanted) continue;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
    if (found != nullptr) continue;
    found = client;
  }
  if (found == nullptr)
    throw Error(Fault::failed, "no client \"" + wanted + "\" is connected to this master");
  if (numbers.find(',') != std::string::npos) {
    throw Error(Fault::failed,
                "several clients are called \"" + wanted + "\"; name one by its id: " + numbers);
  }
  return *found;
}

}  // namespace tilework::master
