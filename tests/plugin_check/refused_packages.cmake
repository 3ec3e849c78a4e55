# What find_package(Tilework) says when it can't be what the author wants.

# Configures a project with this find_package() line, which must fail with a text that has `expected` in it.
function(refuse name find_package expected)
  set(project ${SCRATCH}/refused-${name})
  file(REMOVE_RECURSE ${project})
  file(WRITE ${project}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\nproject(Refused LANGUAGES NONE)\n${find_package}\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${project} -B ${project}/build -G ${GENERATOR} -D CMAKE_PREFIX_PATH=${SCRATCH}/sdk ${ARGN}
    RESULT_VARIABLE result
    ERROR_VARIABLE text
    OUTPUT_QUIET)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")  # CMake breaks its lines where it likes
  string(FIND "${text}" "${expected}" at)
  if(result EQUAL 0 OR at EQUAL -1)
    message(SEND_ERROR "${name}: expected a failure that says\n  ${expected}\nbut the result is ${result} and the text\n${text}")
  endif()
endfunction()

refuse(component "find_package(Tilework 0.1 REQUIRED COMPONENTS sdk desk)" "Tilework has no component \"desk\"; it has: sdk")
refuse(version "find_package(Tilework 0.9 REQUIRED COMPONENTS sdk)" "compatible with requested version \"0.9\"")
file(WRITE ${SCRATCH}/other-opencv/OpenCVConfig.cmake
     "set(OpenCV_VERSION 4.99.0)\nset(OpenCV_VERSION_MAJOR 4)\nset(OpenCV_VERSION_MINOR 99)\n")
refuse(opencv "find_package(Tilework 0.1 REQUIRED COMPONENTS sdk)" "and OpenCV 4.99.0 was found" -D
       OpenCV_DIR=${SCRATCH}/other-opencv)
