#include "onnx_file.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>

namespace luqsim {
namespace {

// Two bytes of a file can be a message of two hundred in memory. A real model's messages are far smaller than this: its
// weights are text to protobuf, which is not in the arena.
constexpr std::size_t arena_base = std::size_t{64} << 20, arena_factor = 4;
constexpr std::uintmax_t file_limit = std::numeric_limits<int>::max();  // protobuf's own

// What arenas of this thread may still take: protobuf's hook has no argument for it.
thread_local std::size_t arena_left = 0;

void* allocate(std::size_t bytes) {
  if (bytes > arena_left) throw std::bad_alloc();
  arena_left -= bytes;
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void deallocate(void* memory, std::size_t) { std::free(memory); }

google::protobuf::ArenaOptions bounded(std::size_t limit) {
  arena_left = limit;
  google::protobuf::ArenaOptions options;
  options.block_alloc = allocate;
  options.block_dealloc = deallocate;
  return options;
}

std::size_t arena_limit(const std::filesystem::path& file) {
  const Context context{file.string(), ""};
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error) context.fail("", "cannot be read", "an ONNX model");
  if (bytes > file_limit)
    context.fail("", fmt::format("{} bytes", bytes),
                 fmt::format("at most {}: a model with its weights as external data", file_limit));
  return arena_base + arena_factor * static_cast<std::size_t>(bytes);
}

}  // namespace

OnnxFile::OnnxFile(const std::filesystem::path& file) : arena_(bounded(arena_limit(file))) {
  const Context context{file.string(), ""};
  std::ifstream bytes(file, std::ios::binary);
  if (!bytes) context.fail("", "cannot be read", "an ONNX model");
  try {
    model_ = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena_);
    google::protobuf::io::IstreamInputStream stream(&bytes);
    const google::protobuf::LogSilencer silencer;
    if (!model_->ParseFromZeroCopyStream(&stream))
      context.fail("", "not an ONNX model, or the start of one", "a protobuf message onnx.ModelProto");
    arena_left = std::numeric_limits<std::size_t>::max();  // from here on it is not the file that asks for memory
  } catch (const std::bad_alloc&) {
    context.fail("", "messages that take much more memory than the file is long", "an ONNX model");
  }
}

}  // namespace luqsim
