#include "schema/wire/client.h"

#include "schema/wire/text.h"

namespace tilework::wire {

void write(rpc::ClientInfo::Builder to, const ClientInfo& from) {
  to.setName(from.program);
  to.setUser(from.user);
  to.setHost(from.host);
  to.setProcess(from.process);
}

ClientInfo read(rpc::ClientInfo::Reader from) {
  return {cleaned_name(from.getName()), cleaned_name(from.getUser()), cleaned_name(from.getHost()),
          from.getProcess()};
}

}  // namespace tilework::wire
