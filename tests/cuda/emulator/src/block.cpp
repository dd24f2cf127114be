#include "block.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "kernel.h"
#include "luqsim_emulator/control.h"
#include "schedule.h"
#include "text.h"

namespace {

uint3 thread_index{}, block_index{};
dim3 block_size, grid_size;

}  // namespace

const uint3& threadIdx = thread_index;
const uint3& blockIdx = block_index;
const dim3& blockDim = block_size;
const dim3& gridDim = grid_size;

namespace luqsim::emulator {

void set_grid_size(dim3 size) { grid_size = size; }

namespace {

// Unwinds the stack of a thread whose block has failed.
struct Unwinding {};

FiberPool& fibers() {
  static auto* const pool = new FiberPool;
  return *pool;
}

const char* name_of(BlockOperation operation) {
  switch (operation) {
    case BlockOperation::sync:
      return "__syncthreads";
    case BlockOperation::any:
      return "__syncthreads_or";
    case BlockOperation::all:
      return "__syncthreads_and";
    case BlockOperation::count:
      return "__syncthreads_count";
  }
  return "";
}

const char* name_of(WarpOperation operation) {
  switch (operation) {
    case WarpOperation::sync:
      return "__syncwarp";
    case WarpOperation::shuffle:
      return "__shfl_sync";
    case WarpOperation::shuffle_up:
      return "__shfl_up_sync";
    case WarpOperation::shuffle_down:
      return "__shfl_down_sync";
    case WarpOperation::shuffle_xor:
      return "__shfl_xor_sync";
    case WarpOperation::ballot:
      return "__ballot_sync";
    case WarpOperation::any:
      return "__any_sync";
    case WarpOperation::all:
      return "__all_sync";
    case WarpOperation::add:
      return "__reduce_add_sync";
    case WarpOperation::min:
      return "__reduce_min_sync (unsigned)";
    case WarpOperation::max:
      return "__reduce_max_sync (unsigned)";
    case WarpOperation::signed_min:
      return "__reduce_min_sync (int)";
    case WarpOperation::signed_max:
      return "__reduce_max_sync (int)";
    case WarpOperation::bit_and:
      return "__reduce_and_sync";
    case WarpOperation::bit_or:
      return "__reduce_or_sync";
    case WarpOperation::bit_xor:
      return "__reduce_xor_sync";
  }
  return "";
}

std::string at(const Where& where) {
  return std::string(" at ") + where.file_name() + ":" + std::to_string(where.line());
}

std::string hex(unsigned mask) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[mask >> shift & 15U];
  return text;
}

bool same_place(const Where& a, const Where& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         (a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0);
}

std::uint32_t reduced(WarpOperation operation, std::uint32_t a, std::uint32_t b) {
  const auto sa = static_cast<std::int32_t>(a), sb = static_cast<std::int32_t>(b);
  switch (operation) {
    case WarpOperation::add:
      return a + b;
    case WarpOperation::min:
      return std::min(a, b);
    case WarpOperation::max:
      return std::max(a, b);
    case WarpOperation::signed_min:
      return static_cast<std::uint32_t>(std::min(sa, sb));
    case WarpOperation::signed_max:
      return static_cast<std::uint32_t>(std::max(sa, sb));
    case WarpOperation::all:
    case WarpOperation::bit_and:
      return a & b;
    case WarpOperation::any:
    case WarpOperation::bit_or:
      return a | b;
    case WarpOperation::bit_xor:
      return a ^ b;
    default:
      return 0;
  }
}

bool is_shuffle(WarpOperation operation) {
  return operation >= WarpOperation::shuffle && operation <= WarpOperation::shuffle_xor;
}

}  // namespace

Block* Block::current_ = nullptr;

Block::Block(dim3 size, const std::function<void()>& run_thread, const std::string& launch)
    : run_kernel_(run_thread), launch_(launch) {
  block_size = size;
  threads_.reserve(std::size_t{size.x} * size.y * size.z);
  for (unsigned z = 0; z < size.z; ++z)
    for (unsigned y = 0; y < size.y; ++y)
      for (unsigned x = 0; x < size.x; ++x) threads_.push_back(Thread{.index = {x, y, z}});
  for (Thread& thread : threads_) order_.push_back(&thread);
  current_ = this;
}

Block::~Block() { current_ = nullptr; }

void Block::run(uint3 index) {
  block_index = index;
  for (Thread& thread : threads_) {
    thread.state = State::runnable;
    thread.fiber = nullptr;
  }
  schedule().shuffle(order_);
  ended_ = in_block_wait_ = 0;
  predicates_ = 0;
  while (ended_ < threads_.size()) {
    bool progress = false;
    for (Thread* thread : order_) {
      if (thread->state != State::runnable) continue;
      resume(*thread);
      progress = true;
      if (error_ == nullptr) continue;
      unwind();
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
    if (progress) continue;
    running_ = nullptr;
    const std::string what = "no thread can go on: " + waiting();
    unwind();
    fail(what);
  }
}

void Block::resume(Thread& thread) {
  if (thread.fiber == nullptr) {
    thread.fiber = fibers().take();
    thread.fiber->assign(&run_job, this);
  }
  running_ = &thread;
  thread_index = thread.index;
  thread.fiber->resume();
  if (thread.state != State::ended) return;
  fibers().give_back(thread.fiber);
  thread.fiber = nullptr;
}

void Block::run_job(void* block) { static_cast<Block*>(block)->run_thread(); }

void Block::run_thread() {
  try {
    run_kernel_();
    check_end();
  } catch (const Unwinding&) {
  } catch (const KernelError&) {
    error_ = std::current_exception();
  } catch (const std::exception& error) {
    try {
      fail(std::string("exception: ") + error.what());
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  running_->state = State::ended;
  ++ended_;
}

// Ends the threads that wait, so that their fibers can run others.
void Block::unwind() {
  unwinding_ = true;
  for (Thread& thread : threads_)
    if (thread.fiber != nullptr) resume(thread);
  unwinding_ = false;
}

void Block::pause(State state) {
  Thread& self = *running_;
  self.state = state;
  self.fiber->suspend();
  if (unwinding_) throw Unwinding{};
}

void Block::fail(const std::string& what) const {
  std::string place = launch_ + ", block " + triple(block_index);
  if (running_ != nullptr) place += ", thread " + triple(running_->index);
  throw KernelError(place + ": " + what);
}

// Stricter than the hardware, which lets barriers go on without the threads that have returned.
void Block::check_end() const {
  if (in_block_wait_ > 0) fail("returned while others wait: " + waiting());
  const unsigned lane = lane_of(*running_);
  const Thread* warp = running_ - lane;
  for (const Thread* other = warp; other < warp + 32 && other < threads_.data() + threads_.size(); ++other)
    if (other->state == State::in_warp_wait && (other->mask >> lane & 1U) != 0)
      fail("returned while lanes of its warp wait for it: " + waiting());
}

// How many threads wait where.
std::string Block::waiting() const {
  std::map<std::string, int> groups;
  for (const Thread& thread : threads_) {
    if (thread.state == State::in_block_wait) ++groups[name_of(thread.block_operation) + at(thread.where)];
    if (thread.state == State::in_warp_wait)
      ++groups[name_of(thread.warp_operation) + (" of lanes " + hex(thread.mask)) + at(thread.where)];
  }
  std::string text;
  for (const auto& [place, count] : groups)
    text += std::to_string(count) + (count == 1 ? " thread waits in " : " threads wait in ") + place + ", ";
  return text + std::to_string(ended_) + " of " + std::to_string(threads_.size()) + " have returned";
}

int Block::block_wait(BlockOperation operation, int predicate, const Where& where) {
  Thread& self = *running_;
  if (ended_ > 0) fail(std::string(name_of(operation)) + at(where) + " after threads of the block have returned");
  if (in_block_wait_ == 0) {
    first_waiter_ = &self;
  } else {
    const Thread* other = first_waiter_;
    if (other->block_operation != operation || !same_place(other->where, where))
      fail(std::string(name_of(operation)) + at(where) + ", while others wait elsewhere: " + waiting());
  }
  self.block_operation = operation;
  self.where = where;
  predicates_ += predicate != 0 ? 1 : 0;
  if (++in_block_wait_ < threads_.size()) {
    pause(State::in_block_wait);
    return block_result_;
  }
  const auto threads = static_cast<int>(threads_.size());
  block_result_ = operation == BlockOperation::any   ? predicates_ > 0
                  : operation == BlockOperation::all ? predicates_ == threads
                                                     : predicates_;
  in_block_wait_ = 0;
  predicates_ = 0;
  for (Thread& thread : threads_) thread.state = State::runnable;
  return block_result_;
}

void Block::check_mask(unsigned mask, const char* name, const Where& where) const {
  const unsigned lane = lane_of(*running_);
  const auto first = static_cast<std::size_t>(running_ - lane - threads_.data());
  const std::size_t lanes = std::min<std::size_t>(32, threads_.size() - first);
  const std::string call = std::string(name) + " of lanes " + hex(mask) + at(where);
  if ((mask >> lane & 1U) == 0) fail(call + " does not name the calling lane " + std::to_string(lane));
  if (lanes < 32 && mask >> lanes != 0)
    fail(call + " names lanes that the warp, of " + std::to_string(lanes) + " threads, does not have");
}

std::uint32_t Block::warp_wait(WarpOperation operation, unsigned mask, std::uint32_t value, const Where& where) {
  return static_cast<std::uint32_t>(rendezvous(operation, mask, value, 4, 0, where));
}

std::uint64_t Block::warp_shuffle(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes,
                                  unsigned argument, int width, const Where& where) {
  if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width)))
    fail(std::string(name_of(operation)) + at(where) + ": the width is not a power of two up to 32");
  const unsigned lane = lane_of(*running_), segment = static_cast<unsigned>(width), last = lane | (segment - 1),
                 first = last - (segment - 1);
  unsigned source = lane;  // a lane beyond the segment: the own value
  if (operation == WarpOperation::shuffle) source = first | (argument & (segment - 1));
  if (operation == WarpOperation::shuffle_up && argument <= lane - first) source = lane - argument;
  if (operation == WarpOperation::shuffle_down && argument <= last - lane) source = lane + argument;
  if (operation == WarpOperation::shuffle_xor && (lane ^ argument) <= last) source = lane ^ argument;
  if ((mask >> source & 1U) == 0)
    fail(std::string(name_of(operation)) + at(where) + " reads lane " + std::to_string(source) + ", which its mask " +
         hex(mask) + " does not name");
  return rendezvous(operation, mask, value, bytes, source, where);
}

std::uint64_t Block::rendezvous(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes, unsigned source,
                                const Where& where) {
  check_mask(mask, name_of(operation), where);
  Thread& self = *running_;
  self.warp_operation = operation;
  self.mask = mask;
  self.value = value;
  self.bytes = bytes;
  self.source = source;
  self.where = where;
  if (all_lanes_came())
    complete(warp_of(self), mask);
  else
    pause(State::in_warp_wait);
  return self.value;
}

// Whether the other lanes that the running one names wait for it; an error if one of them never will.
bool Block::all_lanes_came() const {
  const Thread& self = *running_;
  const unsigned lane = lane_of(self);
  const Thread* warp = &self - lane;
  bool all = true;
  for (unsigned mask = self.mask & ~(1U << lane); mask != 0; mask &= mask - 1) {
    const Thread& other = warp[std::countr_zero(mask)];
    const bool agrees = other.state == State::in_warp_wait && other.warp_operation == self.warp_operation &&
                        other.bytes == self.bytes && other.mask == self.mask;
    if (!agrees && other.state != State::runnable)
      fail(std::string(name_of(self.warp_operation)) + " of lanes " + hex(self.mask) + at(self.where) +
           (other.state == State::ended ? " names a lane that has returned" : " meets a lane that waits elsewhere") +
           ", lane " + std::to_string(std::countr_zero(mask)) + ": " + waiting());
    all = all && agrees;
  }
  return all;
}

// Replaces the values of the lanes by their results.
void Block::complete(Thread* warp, unsigned mask) {
  const WarpOperation operation = running_->warp_operation;
  std::uint64_t values[32] = {};
  std::uint32_t ballot = 0, reduction = static_cast<std::uint32_t>(running_->value);
  for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    values[lane] = warp[lane].value;
    ballot |= static_cast<std::uint32_t>(warp[lane].value != 0) << lane;
    if (&warp[lane] != running_) reduction = reduced(operation, reduction, static_cast<std::uint32_t>(values[lane]));
  }
  for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
    Thread& thread = warp[std::countr_zero(rest)];
    thread.state = State::runnable;
    if (is_shuffle(operation))
      thread.value = values[thread.source];
    else
      thread.value = operation == WarpOperation::ballot ? ballot : reduction;
  }
}

namespace {

Block& this_block(const char* name) {
  if (Block::current() == nullptr) throw KernelError(std::string(name) + " was called outside a kernel");
  return *Block::current();
}

}  // namespace

int block_wait(BlockOperation operation, int predicate, const Where& where) {
  return this_block(name_of(operation)).block_wait(operation, predicate, where);
}

std::uint32_t warp_wait(WarpOperation operation, unsigned mask, std::uint32_t value, const Where& where) {
  return this_block(name_of(operation)).warp_wait(operation, mask, value, where);
}

std::uint64_t warp_shuffle(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes, unsigned argument,
                           int width, const Where& where) {
  return this_block(name_of(operation)).warp_shuffle(operation, mask, value, bytes, argument, width, where);
}

void fail(const char* what) { this_block(what).fail(what); }

}  // namespace luqsim::emulator
