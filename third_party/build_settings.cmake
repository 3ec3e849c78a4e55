# Compiler settings for our own code. Link tilework::settings privately to get them.
add_library(tilework_settings INTERFACE)
add_library(tilework::settings ALIAS tilework_settings)
# GCC 12 sees uninitialised values in kj::Maybe and kj::_::ExceptionOr where there are none.
target_compile_options(tilework_settings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-maybe-uninitialized)

if(TILEWORK_SANITIZE)
  add_compile_options(-fsanitize=${TILEWORK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TILEWORK_SANITIZE})
endif()

find_program(TILEWORK_CCACHE ccache)
if(TILEWORK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TILEWORK_CCACHE})
endif()

find_program(TILEWORK_MOLD mold)
if(TILEWORK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
