# For scripts that serve a Dsy program: . tests/support/server.sh
#
#   server_start PROGRAM STORE LOG [WORD …]   starts `PROGRAM serve --store STORE …` on a free port of the loopback;
#                                             sets server_pid, server_url; the server's own output goes to LOG
#   server_kill                               SIGKILL, and waits
#   server_stop                               SIGTERM, and waits; its exit code is the server's
# A server that is left over is killed when the script ends.

server_pid=
server_address=127.0.0.1:0

server_start() {
    server_program=$1 server_store=$2 server_log=$3
    shift 3
    : >"$server_log"
    "$server_program" serve --store "$server_store" --listen "$server_address" "$@" >"$server_log" 2>&1 &
    server_pid=$!
    server_ready
}

# Wait until the server behind server_pid says where it listens, and is ready.
server_ready() {
    for _ in $(seq 600); do
        server_url=$(sed -n 's|.*\(http://[0-9.:]*\).*|\1|p' "$server_log" | head -n 1)
        if [ -n "$server_url" ] && curl -sf -o /dev/null "$server_url/readyz"; then
            # The next start takes the same port, so that clients find the server again.
            server_address=${server_url#http://}
            return 0
        fi
        kill -0 "$server_pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "The server did not get ready:" >&2
    cat "$server_log" >&2
    return 1
}

server_kill() {
    kill -KILL "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}

server_stop() {
    kill -TERM "$server_pid" 2>/dev/null || true
    server_status=0
    wait "$server_pid" || server_status=$?
    server_pid=
    return "$server_status"
}

trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
