# cmake -DFOLDER=... -DTEMPLATE=... -DOUT=... -P revision.cmake: writes OUT, if it changes, with the revision of FOLDER.
execute_process(COMMAND git describe --always --dirty WORKING_DIRECTORY ${FOLDER}
  OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file(${TEMPLATE} ${OUT} @ONLY)
