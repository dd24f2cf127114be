#include <stdio.h>
#include <string.h>

#include "check.h"

int failures = 0;

void check(int holds, const char* what, const char* file, int line) {
  if (holds) return;
  ++failures;
  printf("%s:%d: %s does not hold\n", file, line, what);
}

void check_status(luqsim_status status, luqsim_status wanted, const char* part, const char* file, int line) {
  if (status != wanted) {
    ++failures;
    printf("%s:%d: status %d (%s), wanted %d; last error: %s\n", file, line, (int)status, luqsim_status_name(status),
           (int)wanted, luqsim_last_error());
  } else if (wanted != LUQSIM_OK &&
             (strncmp(luqsim_last_error(), "luqsim_", 7) != 0 || strstr(luqsim_last_error(), part) == NULL)) {
    ++failures;
    printf("%s:%d: the message \"%s\" does not hold \"%s\"\n", file, line, luqsim_last_error(), part);
  }
}

void check_bytes(const void* seen, const void* wanted, size_t size, const char* what, const char* file, int line) {
  const unsigned char *a = (const unsigned char*)seen, *b = (const unsigned char*)wanted;
  size_t i;
  for (i = 0; i < size; ++i)
    if (a[i] != b[i]) {
      ++failures;
      printf("%s:%d: byte %lu of %s is %02x, wanted %02x\n", file, line, (unsigned long)i, what, a[i], b[i]);
      return;
    }
}

int main(void) {
  // Before anything can have failed.
  CHECK(strcmp(luqsim_last_error(), "") == 0);
  test_answers();
  test_gemm_answers();
  test_gemm_answers_of_odd_width();
  test_errors();
  printf("%d checks failed\n", failures);
  return failures == 0 ? 0 : 1;
}
