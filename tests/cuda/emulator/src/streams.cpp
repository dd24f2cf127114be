#include "streams.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "device_memory.h"
#include "schedule.h"

namespace luqsim::emulator {

Streams& Streams::instance() {
  static auto* const streams = new Streams;  // never destroyed: destructors of other statics may still call the runtime
  return *streams;
}

CUstream_st* Streams::create_stream(bool waits_for_legacy) {
  streams_.push_back(std::make_unique<CUstream_st>(CUstream_st{.waits_for_legacy = waits_for_legacy}));
  return streams_.back().get();
}

CUstream_st* Streams::find_stream(cudaStream_t handle) {
  if (handle == nullptr || handle == cudaStreamLegacy) return &legacy_;
  if (handle == cudaStreamPerThread) return &per_thread_;
  const auto found = std::ranges::find(streams_, handle, &std::unique_ptr<CUstream_st>::get);
  return found != streams_.end() && !(*found)->destroyed ? found->get() : nullptr;
}

cudaEvent_t Streams::create_event(bool timed) {
  events_.push_back(std::make_shared<CUevent_st>(CUevent_st{.timed = timed}));
  return events_.back().get();
}

std::shared_ptr<CUevent_st> Streams::find_event(cudaEvent_t handle) const {
  const auto found = std::ranges::find(events_, handle, &std::shared_ptr<CUevent_st>::get);
  return found != events_.end() ? *found : nullptr;
}

void Streams::destroy_event(cudaEvent_t handle) {
  std::erase_if(events_, [handle](const auto& event) { return event.get() == handle; });
}

void Streams::enqueue(CUstream_st& stream, Operation operation) {
  operation.ticket = ++tickets_;
  stream.queue.push_back(std::move(operation));
}

void Streams::record(CUstream_st& stream, std::shared_ptr<CUevent_st> event) {
  const std::uint64_t record = ++event->recorded;
  enqueue(stream, [event = std::move(event), record] {
    event->completed = std::max(event->completed, record);
    event->time = std::chrono::steady_clock::now();
  });
}

std::vector<CUstream_st*> Streams::all_streams() {
  std::erase_if(streams_, [](const auto& stream) { return stream->destroyed && stream->queue.empty(); });
  std::vector<CUstream_st*> all{&legacy_, &per_thread_};
  for (const auto& stream : streams_) all.push_back(stream.get());
  return all;
}

std::size_t Streams::queued() {
  std::size_t count = 0;
  for (const CUstream_st* stream : all_streams()) count += stream->queue.size();
  return count;
}

// The default stream's operation comes after all that blocking streams were given before it, and before all that they
// were given after it.
bool Streams::can_run(const CUstream_st& stream) const {
  if (stream.queue.empty()) return false;
  const Operation& next = stream.queue.front();
  if (next.awaited != nullptr && next.awaited->completed < next.awaited_record) return false;
  const auto is_earlier = [&next](const CUstream_st& other) {
    return !other.queue.empty() && other.queue.front().ticket < next.ticket;
  };
  if (stream.waits_for_legacy) return !is_earlier(legacy_);
  if (&stream != &legacy_) return true;
  return !is_earlier(per_thread_) && std::ranges::none_of(streams_, [&](const auto& other) {
    return other->waits_for_legacy && is_earlier(*other);
  });
}

void Streams::run_one(DeviceAccess& access) {
  std::vector<CUstream_st*> candidates = all_streams();
  std::erase_if(candidates, [this](const CUstream_st* stream) { return !can_run(*stream); });
  if (candidates.empty()) throw std::logic_error("CUDA emulator: operations wait for each other");
  CUstream_st& stream = *candidates[schedule().below(candidates.size())];
  const Operation operation = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (operation.kind == Operation::Kind::host)
    run_host_function(operation, access);
  else
    operation.run();
}

void Streams::run_host_function(const Operation& operation, DeviceAccess& access) {
  access.close();
  in_host_function_ = true;
  operation.run();
  in_host_function_ = false;
  access.open();
}

template <class Done>
void Streams::run_until(Done done) {
  if (done()) return;
  try {
    DeviceAccess access;
    while (!done()) run_one(access);
  } catch (...) {
    drop_everything();
    throw;
  }
}

void Streams::run_until_idle(CUstream_st& stream) {
  run_until([&stream] { return stream.queue.empty(); });
}

void Streams::run_until_done(const CUevent_st& event) {
  run_until([&event] { return event.done(); });
}

void Streams::run_all() {
  run_until([this] { return queued() == 0; });
}

void Streams::run_one() {
  const std::size_t before = queued();
  run_until([this, before] { return before == 0 || queued() < before; });
}

void Streams::drop_everything() {
  in_host_function_ = false;
  for (CUstream_st* stream : all_streams()) {
    const std::deque<Operation> dropped = std::exchange(stream->queue, {});
    for (const Operation& operation : dropped)
      if (operation.kind == Operation::Kind::memory) operation.run();
  }
  for (const auto& event : events_) event->completed = event->recorded;
  DeviceMemory::instance().repair_guards();
}

}  // namespace luqsim::emulator
