# What clconv is built with. Each is an option of its own; one that is ON and missing ends the
# configuration with the remedy, so that no build lacks a part silently.
#
# clconv_dependencies: what the library's files are compiled with.
# clconv_link_libraries: what the two libraries are linked with.

find_package(PkgConfig)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
set(clconv_link_libraries Threads::Threads m ${CMAKE_DL_LIBS})

function(clconv_missing what packages option)
    message(FATAL_ERROR "${what} not found. Install ${packages} (scripts/install.sh does it on "
        "Debian and Ubuntu), name its place with -DCMAKE_PREFIX_PATH=..., or build without it: "
        "-D${option}=OFF")
endfunction()

# pkg-config package as target PkgConfig::NAME.
macro(clconv_pkg name package what packages option)
    if(PkgConfig_FOUND)
        pkg_check_modules(${name} QUIET IMPORTED_TARGET ${package})
    endif()
    if(NOT ${name}_FOUND)
        clconv_missing("${what}" "pkg-config and ${packages}" ${option})
    endif()
endmacro()

if(CLCONV_OPENCL)
    find_package(OpenCL QUIET) # also at OpenCL_ROOT or CMAKE_PREFIX_PATH: headers and loader suffice
    if(NOT OpenCL_FOUND)
        clconv_missing("OpenCL (CL/cl.h and libOpenCL)" "opencl-headers and ocl-icd-opencl-dev"
            CLCONV_OPENCL)
    endif()
    list(APPEND clconv_link_libraries OpenCL::OpenCL)
else()
    set(CLCONV_CLBLAST OFF)
endif()

if(CLCONV_CLBLAST)
    clconv_pkg(CLBLAST clblast "CLBlast" libclblast-dev CLCONV_CLBLAST)
    list(APPEND clconv_link_libraries PkgConfig::CLBLAST)
endif()

if(CLCONV_VIPS)
    clconv_pkg(VIPS vips>=8.13 "libvips 8.13 or newer" libvips-dev CLCONV_VIPS)
endif()

if(CLCONV_OPENMP)
    find_package(OpenMP QUIET COMPONENTS C)
    if(NOT OpenMP_C_FOUND)
        clconv_missing("OpenMP for ${CMAKE_C_COMPILER_ID}" "libgomp (gcc) or libomp-dev (clang)"
            CLCONV_OPENMP)
    endif()
    list(APPEND clconv_link_libraries OpenMP::OpenMP_C)
endif()

if(CLCONV_TESTS)
    clconv_pkg(CHECK check>=0.15 "Check 0.15 or newer" check CLCONV_TESTS)
endif()

add_library(clconv_dependencies INTERFACE)
target_link_libraries(clconv_dependencies INTERFACE ${clconv_link_libraries})

foreach(part OPENCL CLBLAST VIPS OPENMP TESTS)
    list(APPEND summary "${part}=${CLCONV_${part}}")
endforeach()
list(JOIN summary " " summary)
message(STATUS "clconv ${PROJECT_VERSION}: ${summary} SANITIZE=${CLCONV_SANITIZE}")
