#include "frame.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include <sys/socket.h>

namespace luqsim::sweep {

bool send_frame(int socket, const std::string& message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string frame(sizeof size, '\0');
  std::memcpy(frame.data(), &size, sizeof size);
  frame += message;
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t n = ::send(socket, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::optional<std::string> receive_frame(int socket) {
  FrameBuffer buffer;
  for (;;) {
    if (auto message = buffer.take()) return message;
    if (!buffer.read_some(socket)) return std::nullopt;
  }
}

bool FrameBuffer::read_some(int socket) {
  std::array<char, 65536> piece;
  ssize_t n = 0;
  do n = ::recv(socket, piece.data(), piece.size(), 0);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  bytes_.append(piece.data(), static_cast<std::size_t>(n));
  return true;
}

std::optional<std::string> FrameBuffer::take() {
  std::uint32_t size = 0;
  if (bytes_.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, bytes_.data(), sizeof size);
  if (bytes_.size() - sizeof size < size) return std::nullopt;
  std::string message = bytes_.substr(sizeof size, size);
  bytes_.erase(0, sizeof size + size);
  return message;
}

}  // namespace luqsim::sweep
