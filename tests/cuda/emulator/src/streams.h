// Streams and events: queues of operations that run only when the host waits for something, in an order that is
// pseudo-random as far as streams and events leave it open.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "luqsim_emulator/runtime_types.h"

struct CUevent_st {
  bool timed = true;
  std::uint64_t recorded = 0;   // calls of cudaEventRecord
  std::uint64_t completed = 0;  // the latest of them that the device has got to
  std::chrono::steady_clock::time_point time{};

  bool done() const { return completed >= recorded; }
};

namespace luqsim::emulator {

class DeviceAccess;

struct Operation {
  enum class Kind {
    ordinary,
    memory,  // an allocation or a free: done even where an error drops everything else
    host     // a function of the host: runs without access to device memory
  };

  std::function<void()> run = [] {};
  Kind kind = Kind::ordinary;
  // Waits for this event's completion number `awaited_record`, if there is one.
  std::shared_ptr<CUevent_st> awaited{};
  std::uint64_t awaited_record = 0;
  std::uint64_t ticket = 0;  // order of the host's calls; set by enqueue()
};

}  // namespace luqsim::emulator

struct CUstream_st {
  bool waits_for_legacy;  // a blocking stream: ordered with the default stream
  bool destroyed = false;
  std::deque<luqsim::emulator::Operation> queue{};
};

namespace luqsim::emulator {

class Streams {
 public:
  static Streams& instance();

  // Of every call of the runtime, from any host thread.
  std::recursive_mutex& mutex() { return mutex_; }
  bool in_host_function() const { return in_host_function_; }

  CUstream_st* create_stream(bool waits_for_legacy);
  // The stream of a handle, nullptr for a wrong one. Handle 0 is the default stream.
  CUstream_st* find_stream(cudaStream_t handle);
  // What is queued still runs.
  void destroy_stream(CUstream_st* stream) { stream->destroyed = true; }

  cudaEvent_t create_event(bool timed);
  std::shared_ptr<CUevent_st> find_event(cudaEvent_t handle) const;
  void destroy_event(cudaEvent_t handle);

  void enqueue(CUstream_st& stream, Operation operation);
  void enqueue(CUstream_st& stream, std::function<void()> run) { enqueue(stream, Operation{.run = std::move(run)}); }
  void record(CUstream_st& stream, std::shared_ptr<CUevent_st> event);

  // Run operations, of any stream, until ... Throw what an operation throws, after dropping all that is queued.
  void run_until_idle(CUstream_st& stream);
  void run_until_done(const CUevent_st& event);
  void run_all();
  // One operation of any stream, if there is one that can run.
  void run_one();

 private:
  template <class Done>
  void run_until(Done done);
  void run_one(DeviceAccess& access);
  bool can_run(const CUstream_st& stream) const;
  std::vector<CUstream_st*> all_streams();
  std::size_t queued();  // operations, of all streams
  void run_host_function(const Operation& operation, DeviceAccess& access);
  void drop_everything();

  std::recursive_mutex mutex_;
  bool in_host_function_ = false;
  std::uint64_t tickets_ = 0;
  CUstream_st legacy_{.waits_for_legacy = false}, per_thread_{.waits_for_legacy = true};
  std::vector<std::unique_ptr<CUstream_st>> streams_;
  std::vector<std::shared_ptr<CUevent_st>> events_;
};

}  // namespace luqsim::emulator
