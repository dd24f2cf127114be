#include "context.h"

#include <cstdlib>
#include <systemc>

// libsystemc's own main, which we do not use, refers to it.
int sc_main(int, char**) { return 0; }

namespace luqsim {

void fresh_context() {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);  // SystemC's banner does not belong in our output
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_curr_simcontext = new sc_core::sc_simcontext();
}

}  // namespace luqsim
