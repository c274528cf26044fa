# The compile flags that every target shares, and one static library per folder: a folder links only what it names,
# so an include that points the wrong way up the layers fails at link time.

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
                    -fvisibility=hidden -fno-strict-aliasing)
if(FRAMEBROKER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize-recover=all)
endif()
if(FRAMEBROKER_SANITIZE)
  add_compile_options(-fsanitize=${FRAMEBROKER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FRAMEBROKER_SANITIZE})
else()
  add_link_options(-Wl,-z,relro,-z,now)
endif()

# framebroker_layer(NAME SOURCES file.c ... LINKS other ...)
function(framebroker_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${LAYER_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
  target_link_libraries(${name} PUBLIC ${LAYER_LINKS})
endfunction()

# framebroker_install_program(TARGET DIRECTORY): installed, it finds the client library beside it, without ldconfig
function(framebroker_install_program target directory)
  file(RELATIVE_PATH to_library "/${directory}" "/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "\$ORIGIN/${to_library}")
  install(TARGETS ${target} DESTINATION ${directory})
endfunction()

# framebroker_unit_test(NAME SOURCES file.c ... LINKS layer ...): a cmocka program, run by ctest
function(framebroker_unit_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} cmocka)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 60)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()
