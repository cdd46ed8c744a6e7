# Files inside a library or a program, as arrays of bytes in a table: the kernels of cl/ in the
# library, the problem sets of bench/shapes in the command. Included, this file defines the build
# rule; run as a script (cmake -D FILES=... -D HEADER=... -D TABLE=... -D OUTPUT=... -P embed.cmake)
# it writes the C file.

if(CMAKE_SCRIPT_MODE_FILE)
    set(text "/* Made by cmake/embed.cmake. */\n#include \"${HEADER}\"\n\n")
    foreach(file IN LISTS FILES)
        file(READ "${file}" hex HEX)
        string(REPEAT "." 32 sixteen_bytes)
        string(REGEX REPLACE "(${sixteen_bytes})" "\\1\n" hex "${hex}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        get_filename_component(name "${file}" NAME)
        string(MAKE_C_IDENTIFIER "file_${name}" symbol)
        string(APPEND text "static const unsigned char ${symbol}[] = {\n${bytes}\n};\n")
        string(APPEND rows "    {\"${name}\", ${symbol}, sizeof ${symbol}},\n")
    endforeach()
    list(LENGTH FILES count)
    string(APPEND text "\nconst struct ${TABLE} ${TABLE}[] = {\n${rows}};\n"
        "const size_t ${TABLE}_count = ${count};\n")
    file(WRITE "${OUTPUT}" "${text}")
    return()
endif()

set(clconv_embed_script "${CMAKE_CURRENT_LIST_FILE}")

# clconv_embed(RESULT NAME HEADER TABLE PATTERN...): the files of the repository that match, in order
# of their names, as the table that the header declares; RESULT is NAME in the build folder.
function(clconv_embed result name header table)
    list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
    file(GLOB files CONFIGURE_DEPENDS ${ARGN})
    list(SORT files)
    set(output "${PROJECT_BINARY_DIR}/${name}")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -D "FILES=${files}" -D "HEADER=${header}" -D "TABLE=${table}"
                -D "OUTPUT=${output}" -P "${clconv_embed_script}"
        DEPENDS ${files} "${clconv_embed_script}" COMMENT "Embedding ${ARGN}" VERBATIM)
    set(${result} "${output}" PARENT_SCOPE)
endfunction()
