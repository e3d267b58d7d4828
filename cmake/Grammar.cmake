# The lexer (re2c) and the parser (lemon): from grammar/ into the build tree, never into git.
#
# generated/grammar/lexer.c, parser.c and parser.h. parser.c is an object library of its own, because what lemon
# writes warns under -Wconversion. A conflict in the grammar makes lemon, and with it the build, fail.

find_program(RE2C re2c REQUIRED)
find_program(LEMON lemon REQUIRED)

# Sets `sources` to what the compiler has to compile and link; to nothing while there is no grammar.
function(dsy_grammar_sources sources)
    set(folder ${DSY_GENERATED}/grammar)
    file(MAKE_DIRECTORY ${folder})
    set(result)
    file(GLOB grammar CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/grammar/*.y ${PROJECT_SOURCE_DIR}/grammar/*.re)
    if(grammar MATCHES "parser\\.y")
        add_custom_command(
            OUTPUT ${folder}/parser.c ${folder}/parser.h
            COMMAND ${LEMON} -q -d${folder} ${PROJECT_SOURCE_DIR}/grammar/parser.y
            DEPENDS grammar/parser.y
            COMMENT "lemon grammar/parser.y"
            VERBATIM)
        add_library(dsy_parser OBJECT ${folder}/parser.c ${folder}/parser.h)
        target_include_directories(dsy_parser PRIVATE ${PROJECT_SOURCE_DIR} ${DSY_GENERATED})
        list(APPEND result $<TARGET_OBJECTS:dsy_parser> ${folder}/parser.h)
    endif()
    if(grammar MATCHES "lexer\\.re")
        add_custom_command(
            OUTPUT ${folder}/lexer.c
            COMMAND ${RE2C} -W -Werror --no-generation-date --no-version --depfile ${folder}/lexer.d
                    -o ${folder}/lexer.c ${PROJECT_SOURCE_DIR}/grammar/lexer.re
            DEPENDS grammar/lexer.re
            DEPFILE ${folder}/lexer.d
            COMMENT "re2c grammar/lexer.re"
            VERBATIM)
        list(APPEND result ${folder}/lexer.c)
    endif()
    set(${sources} ${result} PARENT_SCOPE)
endfunction()
