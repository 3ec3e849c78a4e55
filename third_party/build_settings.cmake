# Compiler settings for our own code. Link tilework::settings privately to get them.
add_library(tilework_settings INTERFACE)
add_library(tilework::settings ALIAS tilework_settings)
# GCC 12 sees uninitialised values in kj::Maybe and kj::_::ExceptionOr where there are none. Clang, which is here for
# libFuzzer alone, isn't asked what it thinks.
target_compile_options(
  tilework_settings
  INTERFACE "$<IF:$<CXX_COMPILER_ID:GNU>,-Wall;-Wextra;-Wpedantic;-Werror;-Wno-maybe-uninitialized,-w>")

# Undefined behaviour ends the program, as a bad address does: a message in a log fails no test.
if(TILEWORK_SANITIZE)
  add_compile_options(-fsanitize=${TILEWORK_SANITIZE} -fno-omit-frame-pointer)
  if(TILEWORK_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  # GCC tells the code that it is sanitized.
  if(TILEWORK_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_definitions(__SANITIZE_ADDRESS__)
  endif()
  # Asio has a fence in its queues, which the sanitizer doesn't see; the mutex beside it does the same.
  if(TILEWORK_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)
  endif()
  add_link_options(-fsanitize=${TILEWORK_SANITIZE})
endif()

# libFuzzer sees which code an input reaches.
if(TILEWORK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Paths below the source folder are hashed as relative ones, so that another clone finds what this one compiled.
find_program(TILEWORK_CCACHE ccache)
if(TILEWORK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(ccache_environment CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_ABSSTDERR=1)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env ${ccache_environment} ${TILEWORK_CCACHE})
endif()

find_program(TILEWORK_MOLD mold)
if(TILEWORK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# tilework_command_line(sources...): what reads a command line, once a run. CLI11 is headers alone, and optimising it
# takes longer than everything else in such a file.
function(tilework_command_line)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:RelWithDebInfo>:-O0>")
endfunction()
