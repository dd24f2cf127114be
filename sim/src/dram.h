// Off-chip memory: one data bus, shared by its ports burst by burst in turn.
#pragma once
#include <deque>
#include <list>
#include <vector>

#include "luqsim/arch/architecture.h"

#include "unit.h"

namespace luqsim {

enum class Direction : std::uint8_t { read, write };

// A transfer is a whole number of bursts; each takes ceil(burst / bytes_per_cycle) cycles on the bus. Ports with bursts
// to move take turns, a burst each; a port that starts to want the bus takes its turn after all the others. Requests of
// one cycle compete in port order. A read burst arrives latency() after it left the bus; a port that has `outstanding`
// read bursts on their way lets its turn pass until one arrives.
// Where that cannot happen (outstanding bursts cover the latency) nothing happens between arrivals and completions, so
// the model computes the turns in closed form and wakes only then: equal, cycle for cycle, to arbitrating every burst.
class Dram : public sc_core::sc_module {
 public:
  Dram(const sc_core::sc_module_name& name, const DramConfig& config);

  // Moves `bytes` for `unit` and returns when the bus has served them (read data arrives latency() later). Cycles on
  // the bus count as busy, the wait for it as dram_read or dram_write. `port` orders requests made in the same cycle.
  void transfer(Unit& unit, std::size_t port, Direction direction, std::uint64_t bytes);

  Cycles latency() const { return config_.latency_cycles; }
  std::uint64_t read_bytes() const { return read_bytes_; }
  std::uint64_t read_bytes(std::size_t port) const {
    return port < port_read_bytes_.size() ? port_read_bytes_[port] : 0;
  }
  std::uint64_t write_bytes() const { return write_bytes_; }

 private:
  struct Request {
    Request(std::size_t of_port, Direction to, std::uint64_t count) : port(of_port), direction(to), bursts(count) {}
    std::size_t port;
    Direction direction;
    std::uint64_t bursts;  // still to be served
    sc_core::sc_event done;
  };

  void arbitrate();
  void arbitrate_each_burst();
  bool may_issue(const Request& request, Cycles now);
  void finish_front();
  void serve(std::uint64_t bursts);
  std::uint64_t bursts_to_next_completion() const;

  DramConfig config_;
  Cycles burst_cycles_;
  bool limited_;  // outstanding bursts can run out
  std::uint64_t read_bytes_ = 0, write_bytes_ = 0;
  std::vector<std::uint64_t> port_read_bytes_;
  std::list<Request> arriving_;               // of this cycle
  std::list<Request> turns_;                  // the front one's burst is on the bus
  std::list<Request> finished_;               // until their processes wake
  Cycles served_until_ = 0;                   // the front one's burst started here
  bool on_bus_ = false;                       // limited_: the front one's burst is on the bus
  std::vector<std::deque<Cycles>> arrivals_;  // limited_: of the read bursts on their way, by port
  sc_core::sc_event wake_;
};

}  // namespace luqsim
