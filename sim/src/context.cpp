#include "context.h"

#include <cstdlib>
#include <systemc>

// libsystemc's own main, which we do not use, refers to it.
int sc_main(int, char**) { return 0; }

namespace luqsim {

void fresh_context() {
  // SystemC's banner and remarks, of which waveforms cause one, do not belong on our standard output.
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_curr_simcontext = new sc_core::sc_simcontext();
}

}  // namespace luqsim
