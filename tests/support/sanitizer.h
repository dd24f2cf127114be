// What the address sanitizer cannot follow.
#pragma once
#include <gtest/gtest.h>

// SystemC runs each process on a stack of its own that the sanitizer does not know: an exception that is thrown there
// and unwinds it is reported as an overflow of the main stack.
#if defined(__SANITIZE_ADDRESS__)
#define SKIP_WHERE_PROCESSES_THROW() \
  GTEST_SKIP() << "the address sanitizer does not know the stacks of SystemC's processes"
#else
#define SKIP_WHERE_PROCESSES_THROW() static_cast<void>(0)
#endif
