# How each outside library is found. README.md beside this file says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs)
find_package(Boost 1.81 REQUIRED)  # headers alone: DLL takes std::filesystem
find_package(CapnProto 0.9.2 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips>=8.14)
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg>=2.1)
pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg>=2.1)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.5)
pkg_check_modules(imgui REQUIRED imgui>=1.86)
find_package(glfw3 3.3 REQUIRED)
set(OpenGL_GL_PREFERENCE GLVND)
find_package(OpenGL REQUIRED)
if(TILEWORK_BUILD_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()

# OpenCV as a system library: its headers warn under C++20.
add_library(tilework_opencv INTERFACE)
add_library(tilework::opencv ALIAS tilework_opencv)
target_include_directories(tilework_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(tilework_opencv INTERFACE opencv_core opencv_imgproc)

# ImGui as a system library.
add_library(tilework_imgui INTERFACE)
add_library(tilework::imgui ALIAS tilework_imgui)
target_include_directories(tilework_imgui SYSTEM INTERFACE ${imgui_INCLUDE_DIRS})
target_link_libraries(tilework_imgui INTERFACE ${imgui_LINK_LIBRARIES} OpenGL::GL glfw ${CMAKE_DL_LIBS})
