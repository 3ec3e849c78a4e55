// Asks a user before work is thrown away. One question at a time; the user interface's thread.
#pragma once

#include <functional>
#include <string>

namespace tilework::client {

class Confirmation {
 public:
  struct Question {
    std::string title;
    std::string text;              // what would be lost
    std::string no;                // the button that keeps it
    std::string yes;               // the button that throws it away
    std::function<void()> agreed;  // called from draw()
  };

  // In place of a question that is still open.
  void ask(Question question);
  // Each frame. Escape says no.
  void draw();

 private:
  Question question_;
  bool opens_ = false;
};

}  // namespace tilework::client
