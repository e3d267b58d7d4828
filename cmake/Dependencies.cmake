# Libraries from Debian. No copies of them stand in this tree.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.44)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-i18n>=72 icu-uc>=72)
pkg_check_modules(LIBCURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)

# Intel's decimal library: the flavour that passes arguments by value, and rounding mode and flags as arguments.
find_library(DSY_DECIMAL NAMES libbidgcc000.a REQUIRED)
add_library(dsy_decimal_library INTERFACE)
target_link_libraries(dsy_decimal_library INTERFACE $<BUILD_INTERFACE:${DSY_DECIMAL}>)

# llhttp comes as C source (Debian package node-llhttp).
find_path(DSY_LLHTTP_SOURCE NAMES llhttp.c PATHS /usr/share/llhttp REQUIRED)
find_path(DSY_LLHTTP_INCLUDE NAMES llhttp/llhttp.h PATHS /usr/share/include REQUIRED)
add_library(dsy_llhttp OBJECT ${DSY_LLHTTP_SOURCE}/llhttp.c ${DSY_LLHTTP_SOURCE}/api.c ${DSY_LLHTTP_SOURCE}/http.c)
target_include_directories(dsy_llhttp PRIVATE ${DSY_LLHTTP_INCLUDE}/llhttp)
target_compile_definitions(dsy_llhttp PRIVATE LLHTTP_STRICT_MODE=1)

# What a program that links libdsy.a needs, as CMake targets and as the words of a linker's command line.
set(DSY_RUNTIME_LIBRARIES
    $<BUILD_INTERFACE:PkgConfig::SQLITE> $<BUILD_INTERFACE:PkgConfig::LIBUV> $<BUILD_INTERFACE:PkgConfig::XXHASH>
    $<BUILD_INTERFACE:PkgConfig::UTF8PROC> $<BUILD_INTERFACE:PkgConfig::JANSSON> $<BUILD_INTERFACE:PkgConfig::ICU>
    $<BUILD_INTERFACE:PkgConfig::LIBCURL> $<BUILD_INTERFACE:PkgConfig::CRYPTO>
    $<BUILD_INTERFACE:dsy_decimal_library> $<BUILD_INTERFACE:Threads::Threads> $<BUILD_INTERFACE:m>)
set(DSY_LINK_WORDS "-lsqlite3 -luv -lxxhash -lutf8proc -ljansson -licui18n -licuuc -lcurl -lcrypto -l:libbidgcc000.a -lpthread -lm")

if(DSY_TESTS)
    pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
    pkg_check_modules(CBOR IMPORTED_TARGET libcbor)
    find_package(CURL)
endif()
