# An output that is written to after the build
# A process of the build keeps a descriptor of a file in /out, and a mapping of it, and writes when the outputs were hashed: the
# record then names other bytes than the store holds.
daemon='exec 7>>$1/result; (trap "" HUP TERM; i=0; while [ $i -lt 200 ]; do echo evil >&7; sleep 0.02; i=$((i+1)); done) &'
late() { bash -c "$daemon" - "$PWD" >/dev/null 2>&1; before=$(digest result); sleep 0.3; [ "$before" = "$(digest result)" ] || echo written later; }
outside 'written later' late
inside '' 'mkfifo /tmp/began
# shellcheck disable=SC2016
setsid sh -c '\''exec 7>>/out/result; echo >/tmp/began; trap "" HUP TERM; while :; do echo inner-evil >&7; sleep 0.01; done'\'' </dev/null >/dev/null 2>&1 &
read began </tmp/began'
expect "the output was taken" [ -e "$row/out/result" ]
recorded=$(jq -r '.result.outputs[] | select(.path == "result").digest' "$row/record")
found belljar 'the record holds'
sleep 0.3
expect "the output is the record's" [ "$recorded" = "sha256:$(digest "$row/out/result")" ]
expect "the store is whole" belljar store fsck
refuse "a process of the build is left" pgrep -u "$(id -u)" -f 'echo [i]nner-evil >&7'
