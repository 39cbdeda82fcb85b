# Read by the scripts that run tests: where, and as whom, they run.

# as_ordinary FOLDER COMMAND...: runs a command as an ordinary user, also if root asks, with a home, a store and a folder for
# temporary files of its own in FOLDER.
as_ordinary() {
    local folder=$1 prefix=()
    shift
    if [ "$(id -u)" -eq 0 ]; then prefix=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
    make_places "$folder"
    [ "${#prefix[@]}" -eq 0 ] || chown -R 65534:65534 "$folder"
    in_places "$folder" "${prefix[@]}" "$@"
}

# as_caller FOLDER COMMAND...: the same as whoever asks.
as_caller() {
    make_places "$1"
    in_places "$@"
}

make_places() { mkdir -p "$1"/{home,store,tmp,answers}; }

in_places() {
    local folder=$1
    shift
    env --unset=XDG_DATA_HOME --unset=XDG_CACHE_HOME --unset=XDG_CONFIG_HOME NO_COLOR=1 HOME="$folder/home" \
        BELLJAR_STORE="$folder/store" TMPDIR="$folder/tmp" BELLJAR_TEST_ANSWERS="$folder/answers" "$@" </dev/null
}
