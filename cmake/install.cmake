# cmake --install: library, headers, command, documents, and what find_package(clconv) and
# pkg-config need.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/clconv)

# Two export sets: a user of the shared library needs none of the static library's dependencies.
install(TARGETS clconv EXPORT clconv_shared)
install(TARGETS clconv_static EXPORT clconv_static)
install(EXPORT clconv_shared NAMESPACE clconv:: DESTINATION ${package_dir})
install(EXPORT clconv_static NAMESPACE clconv:: DESTINATION ${package_dir})
install(TARGETS clconv_command)
if(CLCONV_VIPS)
    install(TARGETS clconv_vips LIBRARY DESTINATION ${module_dir})
endif()

set(public_headers include/clconv/clconv.h)
if(CLCONV_OPENCL)
    list(APPEND public_headers include/clconv/opencl.h)
endif()
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/clconv)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

configure_package_config_file(cmake/clconvConfig.cmake.in clconvConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(clconvConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/clconvConfig.cmake
    ${PROJECT_BINARY_DIR}/clconvConfigVersion.cmake DESTINATION ${package_dir})

# pkg-config: the folders are relative to the file, so that an installed tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
    OUTPUT_VARIABLE libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
    OUTPUT_VARIABLE includedir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE prefix_from_file)
set(libs_private "-lm -pthread")
if(CMAKE_DL_LIBS)
    string(APPEND libs_private " -l${CMAKE_DL_LIBS}")
endif()
if(CLCONV_OPENMP)
    string(APPEND libs_private " ${OpenMP_C_FLAGS}")
endif()
if(CLCONV_OPENCL)
    string(APPEND libs_private " -lOpenCL")
endif()
if(CLCONV_CLBLAST)
    set(requires_private clblast)
endif()
configure_file(cmake/clconv.pc.in clconv.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/clconv.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
