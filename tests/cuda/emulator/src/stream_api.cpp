// Streams, events and host functions of the runtime API.
#include <chrono>
#include <memory>

#include "call.h"
#include "luqsim_emulator/control.h"
#include "luqsim_emulator/runtime_api.h"
#include "schedule.h"
#include "streams.h"

using luqsim::emulator::Call;
using luqsim::emulator::Operation;

namespace luqsim::emulator {

void set_schedule_seed(std::uint64_t seed) {
  const Call call;
  schedule().seed(seed);
}

}  // namespace luqsim::emulator

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamDefault); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (stream == nullptr || flags > cudaStreamNonBlocking) return call.result(cudaErrorInvalidValue);
  *stream = call.streams().create_stream(flags != cudaStreamNonBlocking);
  return call.result(cudaSuccess);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr || found != stream) return call.result(cudaErrorInvalidResourceHandle);
  call.streams().destroy_stream(found);
  return call.result(cudaSuccess);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  call.streams().run_until_idle(*found);
  return call.result(cudaSuccess);
}

cudaError_t cudaDeviceSynchronize() {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  call.streams().run_all();
  return call.result(cudaSuccess);
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  const CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (found->queue.empty()) return call.result(cudaSuccess);
  call.streams().run_one();
  return call.result(cudaErrorNotReady);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* waiting = call.streams().find_stream(stream);
  std::shared_ptr<CUevent_st> awaited = call.streams().find_event(event);
  if (waiting == nullptr || awaited == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (flags != cudaEventWaitDefault) return call.result(cudaErrorInvalidValue);
  const std::uint64_t record = awaited->recorded;
  call.streams().enqueue(*waiting, Operation{.awaited = std::move(awaited), .awaited_record = record});
  return call.result(cudaSuccess);
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (event == nullptr || (flags & ~(cudaEventBlockingSync | cudaEventDisableTiming)) != 0U)
    return call.result(cudaErrorInvalidValue);
  *event = call.streams().create_event((flags & cudaEventDisableTiming) == 0);
  return call.result(cudaSuccess);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (call.streams().find_event(event) == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  call.streams().destroy_event(event);
  return call.result(cudaSuccess);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  std::shared_ptr<CUevent_st> recorded = call.streams().find_event(event);
  CUstream_st* found = call.streams().find_stream(stream);
  if (recorded == nullptr || found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  call.streams().record(*found, std::move(recorded));
  return call.result(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  const std::shared_ptr<CUevent_st> found = call.streams().find_event(event);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  call.streams().run_until_done(*found);
  return call.result(cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  const std::shared_ptr<CUevent_st> found = call.streams().find_event(event);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (found->done()) return call.result(cudaSuccess);
  call.streams().run_one();
  return call.result(cudaErrorNotReady);
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  const auto from = call.streams().find_event(start), to = call.streams().find_event(end);
  if (milliseconds == nullptr) return call.result(cudaErrorInvalidValue);
  if (from == nullptr || to == nullptr || !from->timed || !to->timed || from->recorded == 0 || to->recorded == 0)
    return call.result(cudaErrorInvalidResourceHandle);
  if (!from->done() || !to->done()) return call.result(cudaErrorNotReady);
  *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
  return call.result(cudaSuccess);
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* user_data) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (function == nullptr) return call.result(cudaErrorInvalidValue);
  call.streams().enqueue(
      *found, Operation{.run = [function, user_data] { function(user_data); }, .kind = Operation::Kind::host});
  return call.result(cudaSuccess);
}
