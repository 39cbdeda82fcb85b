# Read by the scripts that run belljar or its tests: where, and as whom, they run. Root can do what belljar's users cannot, so what
# root starts runs as `nobody`.
# shellcheck shell=bash disable=SC2034
ordinary_uid=65534
is_root=no
# What stands in front of a command that an ordinary user runs.
ordinary=()
if [ "$(id -u)" -eq 0 ]; then
    is_root=yes
    ordinary=(setpriv "--reuid=$ordinary_uid" "--regid=$ordinary_uid" --clear-groups)
fi

# give_ordinary PATH...: makes these, with all that is in them, the ordinary user's, who has them already unless root asks.
give_ordinary() { [ "$is_root" = no ] || chown -R "$ordinary_uid:$ordinary_uid" "$@"; }

# as_ordinary FOLDER COMMAND...: runs a command as an ordinary user, also if root asks, with a home, a store and a folder for
# temporary files of its own in FOLDER.
as_ordinary() {
    local folder=$1
    shift
    make_places "$folder"
    give_ordinary "$folder"
    in_places "$folder" "${ordinary[@]}" "$@"
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
