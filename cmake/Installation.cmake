# What `cmake --install` puts where: dsyc, libdsy.a with its headers, pkg-config and find_package(Dsy) files,
# the standard library.

include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Dsy)
install(TARGETS dsyc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES $<TARGET_FILE:dsy> DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY runtime/include/dsy DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY stdlib/ DESTINATION ${CMAKE_INSTALL_DATADIR}/dsy/stdlib FILES_MATCHING PATTERN "*.dsy")

configure_file(cmake/dsy.pc.in ${PROJECT_BINARY_DIR}/dsy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dsy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/DsyConfig.cmake.in ${PROJECT_BINARY_DIR}/DsyConfig.cmake
    INSTALL_DESTINATION ${package_folder} PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/DsyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/DsyConfig.cmake ${PROJECT_BINARY_DIR}/DsyConfigVersion.cmake
    cmake/DsyDeployment.cmake DESTINATION ${package_folder})
