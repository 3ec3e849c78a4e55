// The workers that have left, the newest of them, for administrators. On the event loop's thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <kj/timer.h>

#include "schema/model/admin.h"
#include "server/master/dispatch/farewell_key.h"

namespace tilework::master {

class DepartedWorkers {
 public:
  // The timer outlives this object.
  explicit DepartedWorkers(kj::Timer& timer) : timer_(timer) {}

  // `key` is what it was given when it joined. Its age is counted from now.
  void add(DepartedWorker worker, const FarewellKey& key);

  // What is said of one that had left without a word. Null unless the key is such a one's.
  const DepartedWorker* explain(const FarewellKey& key, DepartedWorker::End end, const std::string& reason);

  // The newest first.
  std::vector<DepartedWorker> list() const;

 private:
  struct Entry {
    DepartedWorker worker;
    FarewellKey key;
    kj::TimePoint left;
  };

  kj::Timer& timer_;
  std::deque<Entry> entries_;  // the newest first
};

}  // namespace tilework::master
