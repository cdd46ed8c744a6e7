# The kernels inside the library: every file of cl/ as an array of bytes, declared in
# src/ocl/embedded.h. Included, this file defines the build rule; run as a script
# (cmake -D FOLDER=... -D OUTPUT=... -P embed.cmake) it writes the C file.

if(CMAKE_SCRIPT_MODE_FILE)
    file(GLOB files "${FOLDER}/*.cl" "${FOLDER}/*.h")
    list(SORT files)
    set(text "/* Made by cmake/embed.cmake from the files of cl/. */\n#include \"ocl/embedded.h\"\n\n")
    foreach(file IN LISTS files)
        file(READ "${file}" hex HEX)
        string(REPEAT "." 32 sixteen_bytes)
        string(REGEX REPLACE "(${sixteen_bytes})" "\\1\n" hex "${hex}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        get_filename_component(name "${file}" NAME)
        string(MAKE_C_IDENTIFIER "file_${name}" symbol)
        string(APPEND text "static const unsigned char ${symbol}[] = {\n${bytes}\n};\n")
        string(APPEND table "    {\"${name}\", ${symbol}, sizeof ${symbol}},\n")
    endforeach()
    list(LENGTH files count)
    string(APPEND text "\nconst struct cc_embedded cc_embedded[] = {\n${table}};\n"
        "const size_t cc_embedded_count = ${count};\n")
    file(WRITE "${OUTPUT}" "${text}")
    return()
endif()

set(clconv_embed_script "${CMAKE_CURRENT_LIST_FILE}")

function(clconv_embed_kernels result)
    file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cl/*.cl" "${PROJECT_SOURCE_DIR}/cl/*.h")
    set(output "${PROJECT_BINARY_DIR}/embedded.c")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${PROJECT_SOURCE_DIR}/cl" -D "OUTPUT=${output}"
                -P "${clconv_embed_script}"
        DEPENDS ${files} "${clconv_embed_script}"
        COMMENT "Embedding the kernels of cl/" VERBATIM)
    set(${result} "${output}" PARENT_SCOPE)
endfunction()
