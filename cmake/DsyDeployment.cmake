# dsy_deployment(NAME orders SOURCES orders.dsy STEPS steps.c [DEPENDS more.dsy] [LIBRARY dsy])
#
# Makes the executable `orders`: dsyc compiles the .dsy file (with all it imports) to C, which is linked with the
# steps and libdsy. STEPS include the generated header by its name: #include "orders.h".
# The .dsy files in the same folder are known to be imported, perhaps; those elsewhere are named in DEPENDS.
# Works in this tree and, after find_package(Dsy), outside it.

function(dsy_deployment)
    cmake_parse_arguments(ARG "" "NAME;LIBRARY" "SOURCES;STEPS;DEPENDS" ${ARGN})
    if(NOT ARG_NAME OR NOT ARG_SOURCES)
        message(FATAL_ERROR "dsy_deployment needs NAME and SOURCES (the .dsy file to serve).")
    endif()
    list(GET ARG_SOURCES 0 main_source)
    get_filename_component(main_source ${main_source} ABSOLUTE)
    get_filename_component(stem ${main_source} NAME_WE)
    get_filename_component(source_folder ${main_source} DIRECTORY)
    file(GLOB neighbours CONFIGURE_DEPENDS ${source_folder}/*.dsy)
    file(GLOB library ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../stdlib/*.dsy) # where this is Dsy's own tree
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}-generated)

    if(TARGET dsyc)
        set(compiler dsyc)
    else()
        set(compiler Dsy::dsyc)
    endif()
    if(NOT ARG_LIBRARY)
        if(TARGET dsy)
            set(ARG_LIBRARY dsy)
        else()
            set(ARG_LIBRARY Dsy::dsy)
        endif()
    endif()

    add_custom_command(
        OUTPUT ${folder}/${stem}.c ${folder}/${stem}.h
        COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
        COMMAND ${compiler} ${main_source} -o ${folder}
        DEPENDS ${neighbours} ${library} ${ARG_DEPENDS} ${compiler}
        COMMENT "dsyc ${stem}.dsy"
        VERBATIM)
    add_executable(${ARG_NAME} ${ARG_STEPS} ${folder}/${stem}.c ${folder}/${stem}.h)
    target_include_directories(${ARG_NAME} PRIVATE ${folder})
    target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARY})
endfunction()
