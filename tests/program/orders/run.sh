#!/bin/sh
# The README's first command without its building: a thousand orders, a kill in the middle, all as it should be.
exec "$DSY_SOURCE/examples/orders/show.sh" "$1"
