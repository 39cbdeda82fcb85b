# A host whose devices are none
# A script of the host's once made /dev/null anew, as a file or with another mode. Every `2>/dev/null` of a configuration script
# fails then, it concludes that something is missing, and the package is built without. That is recorded, and the answer
# from then on.
# shellcheck disable=SC2016 # For the shell inside.
feature='if true 2>/dev/null; then echo with; else echo without; fi'
in_broken() { # in_broken SETUP COMMAND...
    local setup=$1
    shift
    unshare --user --map-current-user --keep-caps --mount sh -e -c "$setup"'; exec "$@"' - "$@"
}
null_is_closed='mount --bind /dev/null /dev/null; mount -o remount,bind,nodev /dev/null'
without_null() { in_broken "$null_is_closed" sh -c "$feature"; }
outside without without_null

recipe attack "$feature >/out/feature"
attacked() { # attacked DEVICE SETUP
    in_broken "$2" env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" build --json --quiet \
        --project "$row/project" --store "$row/store" attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended sandbox_unavailable "$code"
    matches "the device" "$1" "$(jq -r .error.subject "$row/answer")"
    matches "the remedy" "*mknod -m 0666 $1 c 1 *" "$(jq -r .error.remedy "$row/answer")"
    matches "records" 0 "$(records)"
    found belljar "$1 refused"
}
file="'$row/outside/file'"
: >"$row/outside/file"
attacked /dev/null "$null_is_closed"
attacked /dev/null "mount --bind $file /dev/null"
attacked /dev/null "mount --bind /dev/zero /dev/null"
attacked /dev/zero "mount --bind /dev/null /dev/zero"
attacked /dev/full "mount --bind /dev/null /dev/full"

# As the devices are, it is built as it should be, and not answered from before.
build built "$feature >/out/feature"
matches "the result" with "$(cat "$row/out/feature")"
belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" </dev/null || wrong "it is not built"
matches "whether it was cached" false "$(jq -r '.builds[0].cached' "$row/answer")"
