set(TILEWORK_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map CACHE INTERNAL "What a plugin exports")

# tilework_add_plugin(name sources...): a plugin, ready to be dropped into a plugin folder.
#
# Only tilework_plugin() is visible in it, so that many plugins, and many versions of one, live in one process.
function(tilework_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_libraries(${name} PRIVATE tilework::sdk)
  target_link_options(${name} PRIVATE -Wl,--version-script=${TILEWORK_PLUGIN_MAP})
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON)
  if(TILEWORK_PLUGIN_DIR)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${TILEWORK_PLUGIN_DIR})
  endif()
endfunction()
