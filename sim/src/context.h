// SystemC's global state.
#pragma once

namespace luqsim {

// SystemC keeps its state in one global context; a new one lets a process run several simulations in turn. The old
// one is not deleted: destructors of its modules may still run.
void fresh_context();

// Runs the simulation until nothing happens any more, or somebody ends it.
void run_to_the_end();

// Called by a process: unwinds all others where they wait, so that they free what they hold, and stops the simulation.
void end_simulation();

}  // namespace luqsim
