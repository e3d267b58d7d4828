# Text files compiled into a library.
#
# dsy_embed(TARGET runtime/store/schema.sql) makes generated/runtime/store/schema.sql.h, which defines
#     static const char schema_sql[] = …;          the file's bytes, closed by a NUL
# so a source writes: #include "runtime/store/schema.sql.h"

function(dsy_embed target file)
    file(RELATIVE_PATH relative ${PROJECT_SOURCE_DIR} ${file})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} symbol)
    set(header ${DSY_GENERATED}/${relative}.h)
    get_property(known GLOBAL PROPERTY DSY_EMBEDDED_${symbol})
    if(NOT known)
        set_property(GLOBAL PROPERTY DSY_EMBEDDED_${symbol} embed_${symbol})
        add_custom_command(
            OUTPUT ${header}
            COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DHEADER=${header} -DSYMBOL=${symbol}
                    -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
            DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
            COMMENT "embed ${relative}"
            VERBATIM)
        add_custom_target(embed_${symbol} DEPENDS ${header})
    endif()
    add_dependencies(${target} embed_${symbol})
endfunction()
