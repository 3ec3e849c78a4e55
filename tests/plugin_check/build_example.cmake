# Installs the SDK into a new prefix, and builds plugins/example against it and nothing else.
file(REMOVE_RECURSE ${SCRATCH})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${SCRATCH}/sdk COMMAND_ERROR_IS_FATAL ANY)
# A copy: the example has to do without the rest of the sources.
file(COPY ${SOURCE}/plugins/example/ DESTINATION ${SCRATCH}/source)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SCRATCH}/source -B ${SCRATCH}/build -G ${GENERATOR} -D
                        CMAKE_PREFIX_PATH=${SCRATCH}/sdk -D CMAKE_CXX_COMPILER=${COMPILER} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${SCRATCH}/build COMMAND_ERROR_IS_FATAL ANY)
