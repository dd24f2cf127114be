#include "dram.h"

#include <algorithm>

namespace luqsim {

Dram::Dram(const sc_core::sc_module_name& name, const DramConfig& config)
    : sc_core::sc_module(name),
      config_(config),
      burst_cycles_((config.burst_bytes + config.bytes_per_cycle - 1) / config.bytes_per_cycle),
      limited_(config.outstanding * burst_cycles_ < burst_cycles_ + config.latency_cycles) {
  SC_HAS_PROCESS(Dram);
  SC_METHOD(arbitrate);
  sensitive << wake_;
  dont_initialize();
}

void Dram::transfer(Unit& unit, std::size_t port, Direction direction, std::uint64_t bytes) {
  if (bytes == 0) return;
  const std::uint64_t bursts = (bytes + config_.burst_bytes - 1) / config_.burst_bytes;
  (direction == Direction::read ? read_bytes_ : write_bytes_) += bursts * config_.burst_bytes;
  if (direction == Direction::read) {
    if (port_read_bytes_.size() <= port) port_read_bytes_.resize(port + 1);
    port_read_bytes_[port] += bursts * config_.burst_bytes;
  }
  const Activity waiting = direction == Direction::read ? Activity::dram_read : Activity::dram_write;
  unit.enter(waiting);

  const auto after = std::ranges::find_if(arriving_, [port](const Request& r) { return r.port > port; });
  const auto request = arriving_.emplace(after, port, direction, bursts);
  const Cycles begin = current_cycle(), on_bus = bursts * burst_cycles_;
  wake_.notify(one_tick());
  wait(request->done);
  finished_.erase(request);
  // Waiting and moving alternate burst by burst; the account has them one after the other.
  unit.attribute(current_cycle() - begin - on_bus, waiting);
  unit.attribute(on_bus, Activity::busy);
}

bool Dram::may_issue(const Request& request, Cycles now) {
  if (request.direction == Direction::write) return true;
  if (arrivals_.size() <= request.port) arrivals_.resize(request.port + 1);
  std::deque<Cycles>& arrivals = arrivals_[request.port];
  while (!arrivals.empty() && arrivals.front() <= now) arrivals.pop_front();
  return arrivals.size() < config_.outstanding;
}

void Dram::finish_front() {
  turns_.front().done.notify(sc_core::SC_ZERO_TIME);
  finished_.splice(finished_.end(), turns_, turns_.begin());
}

// Where the limit binds: a wake at every end of a burst.
void Dram::arbitrate_each_burst() {
  const Cycles now = current_cycle();
  if (on_bus_ && now >= served_until_ + burst_cycles_) {
    on_bus_ = false;
    if (--turns_.front().bursts > 0) {
      turns_.splice(turns_.end(), turns_, turns_.begin());
    } else {
      finish_front();
    }
  }
  const bool all_requests_in = on_second_tick();
  if (!all_requests_in) {
    wake_.notify(one_tick());
    return;
  }
  turns_.splice(turns_.end(), arriving_);
  if (!on_bus_) {
    const auto next = std::ranges::find_if(turns_, [&](const Request& r) { return may_issue(r, now); });
    if (next != turns_.end()) {
      turns_.splice(turns_.begin(), turns_, next);
      on_bus_ = true;
      served_until_ = now;
      if (next->direction == Direction::read)
        arrivals_[next->port].push_back(now + burst_cycles_ + config_.latency_cycles);
    }
  }
  Cycles wake = UINT64_MAX;
  if (on_bus_) {
    wake = served_until_ + burst_cycles_;
  } else {
    for (const Request& r : turns_) wake = std::min(wake, arrivals_[r.port].front());
  }
  if (wake != UINT64_MAX) wake_.notify(cycles_to_time(wake) - sc_core::sc_time_stamp());
}

void Dram::arbitrate() {
  if (limited_) return arbitrate_each_burst();
  const Cycles now = current_cycle();
  if (turns_.empty()) served_until_ = now;
  const std::uint64_t passed = (now - served_until_) / burst_cycles_;
  serve(passed);
  const bool all_requests_in = on_second_tick();
  if (all_requests_in) {
    if (turns_.empty()) served_until_ = now;
    turns_.splice(turns_.end(), arriving_);
  }
  if (!arriving_.empty()) {
    wake_.notify(one_tick());
  } else if (!turns_.empty()) {
    const Cycles completion = served_until_ + bursts_to_next_completion() * burst_cycles_;
    wake_.notify(cycles_to_time(completion) - sc_core::sc_time_stamp());
  }
}

// Grants `bursts` turns. The request that completes leaves; its process wakes in this cycle.
void Dram::serve(std::uint64_t bursts) {
  served_until_ += bursts * burst_cycles_;
  while (bursts > 0 && !turns_.empty()) {
    const std::uint64_t smallest = std::ranges::min_element(turns_, {}, &Request::bursts)->bursts;
    const std::uint64_t rounds = std::min(bursts / turns_.size(), smallest - 1);
    for (Request& request : turns_) request.bursts -= rounds;
    bursts -= rounds * turns_.size();
    if (bursts == 0) return;
    Request& front = turns_.front();
    --bursts;
    if (--front.bursts > 0) {
      turns_.splice(turns_.end(), turns_, turns_.begin());
    } else {
      finish_front();
    }
  }
}

std::uint64_t Dram::bursts_to_next_completion() const {
  std::uint64_t best = UINT64_MAX, position = 1;
  for (const Request& request : turns_) best = std::min(best, (request.bursts - 1) * turns_.size() + position++);
  return best;
}

}  // namespace luqsim
