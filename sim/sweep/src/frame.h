// Messages over a stream socket: four bytes of length, then as many bytes.
#pragma once
#include <optional>
#include <string>

namespace luqsim::sweep {

// False when the other side is gone. Never raises SIGPIPE.
bool send_frame(int socket, const std::string& message);

// Nothing when the other side is gone.
std::optional<std::string> receive_frame(int socket);

// Collects what has arrived, piece by piece.
class FrameBuffer {
 public:
  // Reads what is there, waiting if nothing is. False when the other side is gone.
  bool read_some(int socket);
  std::optional<std::string> take();  // a whole message

 private:
  std::string bytes_;
};

}  // namespace luqsim::sweep
