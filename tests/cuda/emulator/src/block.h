// One block of threads: runs them in a shuffled order, each until it waits or ends, and lets them go on once all that
// they wait for have come.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "fiber.h"
#include "luqsim_emulator/collectives.h"

namespace luqsim::emulator {

class Block {
 public:
  // `launch` says in messages which kernel this is. The references must outlive the block.
  Block(dim3 size, const std::function<void()>& run_thread, const std::string& launch);
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();

  // The block that runs now; nullptr on the host.
  static Block* current() { return current_; }

  // Throws KernelError for every error of a thread of the block.
  void run(uint3 index);

  // For the thread that runs now.
  int block_wait(BlockOperation operation, int predicate, const Where& where);
  std::uint32_t warp_wait(WarpOperation operation, unsigned mask, std::uint32_t value, const Where& where);
  std::uint64_t warp_shuffle(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes, unsigned argument,
                             int width, const Where& where);
  [[noreturn]] void fail(const std::string& what) const;

 private:
  enum class State : std::uint8_t { runnable, in_block_wait, in_warp_wait, ended };

  struct Thread {
    uint3 index;
    State state;
    Fiber* fiber;
    // What it waits for, or waited for last.
    BlockOperation block_operation;
    WarpOperation warp_operation;
    int bytes;
    unsigned mask;
    unsigned source;  // lane
    std::uint64_t value;
    Where where;
  };

  static void run_job(void* block);
  unsigned lane_of(const Thread& thread) const { return static_cast<unsigned>(&thread - threads_.data()) % 32; }
  Thread* warp_of(Thread& thread) const { return &thread - lane_of(thread); }
  void run_thread();
  void resume(Thread& thread);
  void pause(State state);
  void check_end() const;
  void check_mask(unsigned mask, const char* name, const Where& where) const;
  std::uint64_t rendezvous(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes, unsigned source,
                           const Where& where);
  bool all_lanes_came() const;
  void complete(Thread* warp, unsigned mask);
  std::string waiting() const;
  void unwind();

  static Block* current_;

  const std::function<void()>& run_kernel_;
  const std::string& launch_;
  std::vector<Thread> threads_;
  std::vector<Thread*> order_;
  Thread* running_ = nullptr;
  const Thread* first_waiter_ = nullptr;  // of those in the block wait, if there are any
  std::size_t ended_ = 0, in_block_wait_ = 0;
  int predicates_ = 0;  // threads in the block wait whose predicate holds
  int block_result_ = 0;
  bool unwinding_ = false;
  std::exception_ptr error_;
};

}  // namespace luqsim::emulator
