// A valid/ready link with storage: a producer fills free slots in order, a consumer takes valid ones in order.
#pragma once
#include <vector>

#include "unit.h"

namespace luqsim {

// Ready: fewer than `capacity` slots are claimed. Valid: a pushed slot's delay has passed. A slot is free again from
// the cycle in which the consumer pops it. One producer process, one consumer process.
template <class T>
class Slots {
 public:
  explicit Slots(std::size_t capacity) : slots_(capacity), valid_from_(capacity) {}

  // Producer: the next free slot; waits while there is none, as `while_full`.
  T& claim(Unit& producer, Activity while_full) {
    while (pushed_ - popped_ == slots_.size()) {
      producer.enter(while_full);
      sc_core::wait(freed_);
    }
    return slots_[pushed_ % slots_.size()];
  }
  // Producer: the claimed slot becomes valid `delay` cycles from now.
  void push(Cycles delay = 0) {
    valid_from_[pushed_ % slots_.size()] = current_cycle() + delay;
    ++pushed_;
    filled_.notify(sc_core::SC_ZERO_TIME);
  }

  // Consumer: the oldest valid slot; waits while there is none, as `while_empty`.
  T& receive(Unit& consumer, Activity while_empty) {
    while (pushed_ == popped_) {
      consumer.enter(while_empty);
      sc_core::wait(filled_);
    }
    const Cycles valid_from = valid_from_[popped_ % slots_.size()], now = current_cycle();
    if (valid_from > now) consumer.spend(valid_from - now, while_empty);
    return slots_[popped_ % slots_.size()];
  }
  // Consumer: done with the oldest slot.
  void pop() {
    ++popped_;
    freed_.notify(sc_core::SC_ZERO_TIME);
  }

  // Producer: waits until everything pushed has been popped, as `while_full`.
  void wait_empty(Unit& producer, Activity while_full) {
    while (pushed_ != popped_) {
      producer.enter(while_full);
      sc_core::wait(freed_);
    }
  }

 private:
  std::vector<T> slots_;
  std::vector<Cycles> valid_from_;
  std::uint64_t pushed_ = 0, popped_ = 0;
  sc_core::sc_event filled_, freed_;
};

}  // namespace luqsim
