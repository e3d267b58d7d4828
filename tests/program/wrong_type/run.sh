#!/bin/sh
# Who gets a value of another type than it awaits is put in quarantine, and nobody else: not those who are told by the
# same batch, and not the shard.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
server_start "$program" "$work/store" "$work/log" --shards 3 --placement spread || exit 1

# Sets promise to the id that an asker waits for.
find_promise() {
    for _ in $(seq 100); do
        call "Asker/$1/asked" '{}'
        promise=$(jq -r '. // empty' <"$http_work/body")
        [ -z "$promise" ] || return 0
        sleep 0.05
    done
    http_complain "$1 has asked"
}

# In whatever shard the promise is, and whoever is told of it first.
for asker in a b c d e f; do
    call "Asker/$asker/ask" '{}' -H 'Prefer: wait=0'
    expect "$asker asks" 202
    find_promise $asker
    waiting=
    for _ in 1 2 3; do
        call Stranger/wait "{\"answer\": \"$promise\"}" -H 'Prefer: wait=0'
        expect "one waits for what $asker asks" 202
        waiting="$waiting $(jq -r .id <"$http_work/body")"
    done
    sleep 0.1
    call Stranger/settle "{\"answer\": \"$promise\", \"value\": 5}"
    expect "a stranger answers $asker" 200
    for id in $waiting; do
        request GET "/v1/invocations/$id/result" -H 'Prefer: wait=20'
        expect "who waits for a number gets it" 200 '. == 5'
    done
done

server_kill
server_start "$program" "$work/store" "$work/log" --shards 3 --placement spread || exit 1
for asker in g h i j k l; do
    call "Asker/$asker/asked" '{}'
    expect "all shards go on after a kill" 200 '. == null'
done

server_stop || http_complain "the server ended with $server_status"
grep -hE 'Sanitizer:|runtime error:' "$work"/log*
rm -rf "$work"
http_end
