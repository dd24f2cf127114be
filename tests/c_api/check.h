// Checks for a test in C: a failed one is printed and counted.
#ifndef LUQSIM_TESTS_C_API_CHECK_H
#define LUQSIM_TESTS_C_API_CHECK_H

#include <stddef.h>

#include "luqsim.h"

// Failed checks so far.
extern int failures;

void check(int holds, const char* what, const char* file, int line);
// `status` is what was wanted; where that is an error, its message begins with that of the function and holds `part`.
void check_status(luqsim_status status, luqsim_status wanted, const char* part, const char* file, int line);
void check_bytes(const void* seen, const void* wanted, size_t size, const char* what, const char* file, int line);

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_OK(call) check_status(call, LUQSIM_OK, "", __FILE__, __LINE__)
#define CHECK_FAILS(call, status, part) check_status(call, status, part, __FILE__, __LINE__)
#define CHECK_BYTES(seen, wanted) check_bytes(seen, wanted, sizeof(wanted), #seen, __FILE__, __LINE__)

void test_answers(void);
void test_gemm_answers(void);
void test_gemm_answers_of_odd_width(void);
void test_errors(void);

#endif
