#include "context.h"

#include <cstdlib>
#include <systemc>
#include <vector>

#include <sysc/tracing/sc_tracing_ids.h>

#ifdef __SANITIZE_ADDRESS__
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

// libsystemc's own main, which we do not use, refers to it.
int sc_main(int, char**) { return 0; }

namespace luqsim {
namespace {

// SystemC tells the address sanitizer of each switch to a process and its stack, but not where the stack lies that it
// comes back to; left with the last process's, the sanitizer looks for leaks and for exceptions' frames there.
void back_on_the_threads_stack() {
#ifdef __SANITIZE_ADDRESS__
  pthread_attr_t attributes;
  void* stack = nullptr;
  std::size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, &stack, &bytes);
  pthread_attr_destroy(&attributes);
  __sanitizer_start_switch_fiber(nullptr, stack, bytes);
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void end_processes(const std::vector<sc_core::sc_object*>& objects, const sc_core::sc_process_handle& but) {
  for (sc_core::sc_object* object : objects) {
    sc_core::sc_process_handle process(object);
    if (process.valid() && process != but) process.kill();
    end_processes(object->get_child_objects(), but);
  }
}

}  // namespace

void end_simulation() {
  end_processes(sc_core::sc_get_top_level_objects(), sc_core::sc_get_current_process_handle());
  sc_core::sc_stop();
}

void run_to_the_end() {
  sc_core::sc_start();
  back_on_the_threads_stack();
}

void fresh_context() {
  // SystemC's banner, and its remarks on sc_stop and on the time scale of waveforms, do not belong on our standard
  // output; a program around us keeps its own.
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  for (const char* remark : {"/OSCI/SystemC", sc_core::SC_ID_TRACING_TIMESCALE_DEFAULT_})
    sc_core::sc_report_handler::set_actions(remark, sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_curr_simcontext = new sc_core::sc_simcontext();
}

}  // namespace luqsim
