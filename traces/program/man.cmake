# Man pages from --help, where help2man is; without it the programs' --help is the reference. luqsim_man_pages(TARGET
# COMMAND...): TARGET.1, and TARGET-COMMAND.1 for each command.
find_program(HELP2MAN help2man)
function(luqsim_man_pages program)
  if(NOT HELP2MAN)
    return()
  endif()
  set(pages)
  foreach(command IN ITEMS "" ${ARGN})
    string(JOIN "-" page ${program} ${command})
    set(file ${PROJECT_BINARY_DIR}/man/${page}.1)
    add_custom_command(OUTPUT ${file} DEPENDS ${program}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
      COMMAND sh ${PROJECT_SOURCE_DIR}/traces/program/man_page.sh ${HELP2MAN} $<TARGET_FILE:${program}> "${command}"
        ${PROJECT_VERSION} ${file}
      VERBATIM)
    list(APPEND pages ${file})
  endforeach()
  add_custom_target(${program}_man ALL DEPENDS ${pages})
  # Whoever builds the programs alone can install them.
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
endfunction()
