#!/bin/sh
# Stores that cannot be opened: each is refused with a message that names the file and the reason, and is left as it was.
# Stores that get into trouble while they are served: work stops, /readyz says why, and all goes on by itself afterwards.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
tools=$DSY_TOOLS
mounted=
trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true; [ -z "$mounted" ] || umount "$mounted"' EXIT

# refused WHAT DIRECTORY REGEX [COMMAND …]: serving ends at once, not with 0, and says why.
refused() {
    refused_what=$1 refused_store=$2 refused_regex=$3
    shift 3
    http_count=$((http_count + 1)) http_method=serve http_path=$refused_store status=-
    timeout 20 "$@" "$program" serve --store "$refused_store" --listen 127.0.0.1:0 --shards 2 >"$work/refused" 2>&1
    refused_code=$?
    cp "$work/refused" "$http_work/body"
    [ $refused_code -ne 0 ] && [ $refused_code -lt 100 ] || http_complain "$refused_what: exit code $refused_code"
    grep -Eqi -e "$refused_regex" "$work/refused" || http_complain "$refused_what: a message that matches $refused_regex"
    ! grep -E 'Sanitizer:|runtime error:' "$work/refused" || http_complain "$refused_what"
}

# A store with something in it.
server_start "$program" "$work/store" "$work/log" --shards 2 || exit 1
call Trouble/work '{"rounds": 3, "text": "abc"}'
expect "work" 200 '. == 6'
server_stop || exit 1
copy() { rm -rf "$work/copy" && cp -R "$work/store" "$work/copy"; }

# ---- what is refused ----
copy && "$tools/alter_store" "$work/copy/shard-001.db" newer
refused "a newer schema" "$work/copy" 'shard-001\.db.*newer'
copy && printf 'dsy store 9\nshards 2\n' >"$work/copy/dsy-store"
refused "a newer store" "$work/copy" 'dsy-store.*newer'
copy && echo 'something else' >"$work/copy/dsy-store"
refused "a damaged marker" "$work/copy" 'dsy-store.*damaged'
copy && "$tools/alter_store" "$work/copy/shard-000.db" foreign
refused "a database of another program" "$work/copy" 'shard-000\.db.*not a Dsy store'
copy && head -c 20000 /dev/urandom >"$work/copy/shard-000.db"
refused "a file that is no database" "$work/copy" 'shard-000\.db.*not a database'
copy && mv "$work/copy/shard-000.db" "$work/copy/shard-001.db"
refused "a shard that is missing" "$work/copy" 'shard-000\.db is missing'
copy && cp "$work/copy/shard-000.db" "$work/copy/shard-001.db"
refused "a shard of another number" "$work/copy" 'shard-001\.db is shard 0'
copy && printf 'dsy store 1\nshards 3\n' >"$work/copy/dsy-store"
refused "another number of shards" "$work/copy" 'shards?'
copy && "$tools/alter_store" "$work/copy/shard-000.db" tables
refused "a missing table" "$work/copy" 'shard-000\.db.*(no such table|invocation)'
copy && "$tools/alter_store" "$work/copy/shard-000.db" description
refused "a store that does not know itself" "$work/copy" 'shard-000\.db'
copy && rm "$work/copy/shard-000.db" && mkdir "$work/copy/shard-000.db"
refused "a directory instead of a database" "$work/copy" 'shard-000\.db'
: >"$work/file"
refused "a file instead of a directory" "$work/file" 'file'
refused "a directory under a file" "$work/file/store" 'file'

# Where nothing may be written; root is asked by another user's rights.
as_other=
if [ "$(id -u)" -eq 0 ]; then
    as_other="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 755 "$work"
fi
mkdir -m 555 "$work/locked"
copy && chmod -R a-w "$work/copy" && chmod -R a+rX "$work/copy"
# shellcheck disable=SC2086  # a list of words
if $as_other test -x "$program" && $as_other test -r "$work/copy/dsy-store"; then
    refused "a directory that is read-only" "$work/locked" 'locked' $as_other
    refused "a store that is read-only" "$work/copy" 'copy' $as_other
else
    echo "SKIPPED: read-only directories (another user cannot reach the program)"
fi
chmod -R u+w "$work/copy"

# ---- one process for each store ----
server_start "$program" "$work/store" "$work/log" --shards 2 || exit 1
refused "a store that is being served" "$work/store" 'another process|in use|already'
call Trouble/alive '{}'
expect "which goes on" 200 '. == 1'
server_stop || http_bad=$((http_bad + 1))

# ---- trouble while it is served ----

# begin COUNT: so many invocations that nobody waits for.
begin() {
    for _ in $(seq "$1"); do
        call Trouble/work "{\"rounds\": 20, \"text\": \"$text\"}" -H 'Prefer: wait=0' --max-time 2 2>/dev/null
        [ "$status" != 202 ] || jq -r .id <"$http_work/body" >>"$work/ids"
    done
}

# Until /readyz says so, or is ready again.
until_ready() {
    for _ in $(seq 300); do
        request GET /readyz --max-time 5
        [ "$status" != "$1" ] || return 0
        sleep 0.1
    done
    return 0
}

# Begin invocations and take all space that is left or given back, until nothing can be saved. A log that has grown is
# written again from its beginning and needs no space for long: a store that was just opened has none.
fill_disk() {
    for _ in $(seq 100); do
        head -c 9000000 /dev/zero 2>/dev/null >>"$work/disk/filler"
        begin 2
        request GET /readyz --max-time 5
        [ "$status" != 503 ] || break
    done
    expect "$1: not ready" 503 '.detail | test("full|space")'
}

all_end() {
    while read -r id; do
        request GET "/v1/invocations/$id/result" -H 'Prefer: wait=30'
        expect "$1: $id" 200 '. == 4190'
    done <"$work/ids"
    echo "$1: $(wc -l <"$work/ids") invocations, all ended"
}

text=$(head -c 4000 /dev/zero | tr '\0' x)

# Writing fails: no file may grow any more, and later it may again. The signal of that limit is not for us.
: >"$work/ids"
(trap '' XFSZ; exec "$program" serve --store "$work/limited" --listen "$server_address" --shards 2) >"$work/log" 2>&1 &
server_pid=$! server_log="$work/log"
server_ready || exit 1
begin 3
prlimit --pid "$server_pid" --fsize=1000:unlimited
begin 10
until_ready 503
expect "files that cannot grow: not ready" 503 '.detail | length > 10'
request GET /healthz
expect "but alive" 200
prlimit --pid "$server_pid" --fsize=unlimited:unlimited
until_ready 200
expect "ready again by itself" 200
begin 3
all_end "files that could not grow"
server_stop || { echo "the server ended with $server_status"; http_bad=$((http_bad + 1)); }
grep -E 'Sanitizer:|runtime error:' "$work/log"

# The disk is full: where a small one can be mounted.
mkdir "$work/disk"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=8m tmpfs "$work/disk" 2>/dev/null; then
    mounted=$work/disk
    : >"$work/ids"
    server_start "$program" "$work/disk/store" "$work/log" --shards 2 --grace 2 || exit 1
    begin 3
    fill_disk "a full disk"
    call Trouble/alive '{}'
    expect "calls are not taken" 503 '.detail | test("store")'
    expect_header "but may be sent again" '^retry-after: '
    rm "$work/disk/filler"
    until_ready 200
    expect "ready again by itself" 200
    begin 3
    all_end "a full disk"

    # The same, and the process is killed while it is full.
    server_stop
    server_start "$program" "$work/disk/store" "$work/log" --shards 2 --grace 2 || exit 1
    fill_disk "before it is killed"
    server_kill
    rm "$work/disk/filler"
    server_start "$program" "$work/disk/store" "$work/log" --shards 2 --grace 2 || exit 1
    all_end "killed on a full disk"

    # And stopped while it is full: it ends, and loses nothing.
    server_stop
    server_start "$program" "$work/disk/store" "$work/log" --shards 2 --grace 2 || exit 1
    fill_disk "before it is stopped"
    begin=$(date +%s)
    server_stop
    http_count=$((http_count + 1))
    [ $(($(date +%s) - begin)) -lt 20 ] || http_complain "stopping on a full disk took $(($(date +%s) - begin)) s"
    rm "$work/disk/filler"
    server_start "$program" "$work/disk/store" "$work/log" --shards 2 --grace 2 || exit 1
    all_end "stopped on a full disk"
    server_stop || { echo "the server ended with $server_status"; http_bad=$((http_bad + 1)); }
    grep -E 'Sanitizer:|runtime error:' "$work/log"
    umount "$work/disk"
    mounted=
else
    echo "SKIPPED: a full disk (no tmpfs can be mounted here)"
fi
rm -rf "$work"
http_end
