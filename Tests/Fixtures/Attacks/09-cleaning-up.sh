# Links in the way of who cleans up
# A directory is looked at and then removed with all that is in it; in between, it becomes a link. What is removed then is what
# the link names, with the rights of whoever cleans up.
mkdir "$row/canary"
echo alive >"$row/canary/file"
naive() {
    mkdir -p scratch/sub canary && echo x >canary/file
    [ -d scratch/sub ] && mv scratch/sub elsewhere && ln -s ../canary scratch/sub && rm -rf scratch/sub/*
    [ -e canary/file ] || echo removed outside
}
outside 'removed outside' naive
hostile="mkdir -p /out/a/b/c /build/deep /tmp/t; ln -s $row/canary /out/a/link; ln -s $row/canary /build/deep/link; ln -s $row/canary /tmp/t/link
d=/build/deep; for i in \$(seq 300); do d=\$d/d; mkdir \$d; done; chmod 000 /build/deep/d; chmod 000 /out/a/b
(while :; do mv /out/a /out/e; ln -s $row/canary /out/a; rm /out/a; mv /out/e /out/a; done) 2>/dev/null & exit 7"
inside "" "$hostile" build_failed
matches "the answer" '*exit status 7*' "$(answer)"
# And where what a failed build left is kept, and then removed by its owner.
belljar build --json --quiet --keep-failed "$recipe" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended build_failed "$code"
expect "it was kept" find "$row"/tmp/belljar-failed-*/*/build/deep -maxdepth 0
expect "the canary is alive" grep -q alive "$row/canary/file"
expect "garbage is collected" belljar store gc --records-older-than 0
expect "the canary is still alive" grep -q alive "$row/canary/file"
expect "no scratch is left in the store" [ -z "$(ls -A "$row/store/tmp")" ]
