# A host without user namespaces, or without seccomp
# The runner finds that it cannot have what holds the build, and lets it run with less: the user never hears of it. The same
# build runs where nothing is missing; the controls show that the host really lacks it.
compile without
compile calls
compile filters
outside 'unshare-user EPERM' without unshare calls unshare-user
outside $'allowed ENOSYS\n*' without seccomp filters
recipe attack 'id; echo ran >/out/ran'
belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
built=$(records)
lacking() {
    "$bin/without" "$1" env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" build --json --quiet --no-cache \
        --project "$row/project" --store "$row/store" attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended sandbox_unavailable "$code"
    found belljar "$(jq -r .error.stage "$row/answer")"
    expect "there is a remedy" jq -e '.error.remedy | length > 20' "$row/answer"
    matches "records without $1" "$built" "$(records)"
}
lacking unshare
lacking seccomp
# As an administrator switches them off: none are left.
none_left() { unshare --user --keep-caps --map-current-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "$@"; }
none_left env HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" build --json --quiet --no-cache --project "$row/project" --store "$row/store" attack \
    >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
ended sandbox_unavailable "$code"
matches "the remedy" '*user.max_user_namespaces*' "$(jq -r .error.remedy "$row/answer")"
matches "records" "$built" "$(records)"
