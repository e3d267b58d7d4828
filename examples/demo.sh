#!/bin/sh
# Dsy's main job, shown: examples/demo.sh
#
# Installs what is missing, builds, compiles examples/orders and runs it through a kill: examples/orders/show.sh, which
# says how. Exit code 0: every order ended exactly as it should.
set -eu
cd "$(dirname "$0")/.."

echo "== packages"
cmake/packages.sh build
echo "== build dsyc, libdsy and examples/orders (build/default)"
[ -f build/default/build.ninja ] || cmake --preset default -DDSY_TESTS=OFF >/dev/null
ninja -C build/default --quiet dsyc dsy example_orders
exec examples/orders/show.sh build/default/examples/orders/orders
