#!/bin/sh
# Dsy installed into a prefix, without this tree: dsyc run, find_package(Dsy) with dsy_deployment, pkg-config.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export XDG_CACHE_HOME="$work/cache"
wrong() { echo "NOT AS EXPECTED: $*"; http_bad=$((http_bad + 1)); }

cmake --install "$DSY_BUILD" --prefix "$work/prefix" >"$work/install" 2>&1 || { cat "$work/install"; exit 1; }
cp -r "$DSY_SOURCE/examples/greeting" "$DSY_SOURCE/examples/orders" "$work"

# ---- dsyc run ----
server_log=$work/log
: >"$server_log"
"$work/prefix/bin/dsyc" run "$work/greeting/greeting.dsy" -- --store "$work/store" --listen 127.0.0.1:0 >"$server_log" 2>&1 &
server_pid=$!
server_ready || exit 1
call Greeter/greet '{"name": "Ada"}'
expect "dsyc run from the prefix" 200 '. == "Hello, Ada!"'
server_stop || wrong "exit code $server_status after SIGTERM"

# ---- CMake ----
mkdir "$work/project"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(Shop LANGUAGES C)
find_package(Dsy 0.1 REQUIRED)
dsy_deployment(NAME shop SOURCES ../orders/orders.dsy STEPS ../orders/steps.c)
END
if cmake -S "$work/project" -B "$work/project/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/cmake" 2>&1 &&
    cmake --build "$work/project/build" >>"$work/cmake" 2>&1; then
    export ORDERS_LOG="$work/steps"
    server_start "$work/project/build/shop" "$work/shop" "$work/log" || exit 1
    call Orders/checkout '{"order": {"id": "O-1", "email": "a@example.com", "card": "1", "items": []}}'
    expect "a deployment made by find_package(Dsy)" 422 '.error.reason == "not a card number"'
    server_stop || wrong "exit code $server_status after SIGTERM"
else
    wrong "find_package(Dsy) and dsy_deployment"
    cat "$work/cmake"
fi

# ---- pkg-config ----
flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name dsy.pc)") pkg-config --define-prefix --cflags dsy) || wrong "pkg-config dsy"
echo '#include <dsy/step.h>' >"$work/include.c"
# shellcheck disable=SC2086  # words
cc $flags -c -o "$work/include.o" "$work/include.c" || wrong "a step's header by pkg-config ($flags)"

rm -rf "$work"
http_end
