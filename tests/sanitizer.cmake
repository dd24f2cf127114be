# Under the address sanitizer: the environment of tests that run programs of others which load our libraries. The sanitizer
# has to be loaded before such a program, which itself leaks, and finds C++'s exceptions only if they are loaded with it.
set(luqsim_sanitizer_preloaded "")
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address" AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(files "")
  foreach(library IN ITEMS asan stdc++)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=lib${library}.so
      OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND files ${file})
  endforeach()
  list(JOIN files ":" files)
  set(luqsim_sanitizer_preloaded "LD_PRELOAD=${files}" ASAN_OPTIONS=detect_leaks=0)
endif()
