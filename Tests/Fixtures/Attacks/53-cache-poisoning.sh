# Poisoning the cache
# Whoever writes to the store once, through a bug or by hand, wants every later build to take the poison for a result: a blob with
# other bytes under the old name, an action's answer that names another build's record, a record that was edited.
inside '' 'echo original >/out/file'
victim=$recipe
cp "$row/record" "$row/first"
blob=$(jq -r '.result.outputs[] | select(.path == "file").digest | sub("sha256:"; "")' "$row/record")
file=$row/store/blobs/${blob:0:2}/$blob
tamper() { cp "$file" copy && printf poisoned >copy && cat copy; }
outside poisoned tamper
inside '' 'echo other >/out/file'
other=$recipe
answer_of() { jq -r '.definition.action | sub("sha256:"; "")' "$1"; }
answered() { belljar build --json --quiet "$victim" --output "$row/taken" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?; }
answer_file() { find "$row/store/actions" -name "$(answer_of "$1")*" -type f | head -n 1; }
belljar build --quiet "$victim" "$other" >>"$row/trouble" 2>&1
[ -n "$(answer_file "$row/first")" ] || wrong "the store has no answer for the action"

# The answer of another action under this one's name.
cp "$(answer_file "$row/first")" "$row/kept-answer"
cp "$(answer_file "$row/record")" "$(answer_file "$row/first")"
rm -rf "$row/taken"
answered
refuse "the other build's output was taken" grep -qs other "$row/taken/file"
found belljar "a swapped answer: $(jq -r 'if .error then .error.code else "built" end' "$row/answer")"
cp "$row/kept-answer" "$(answer_file "$row/first")"

# Edited records, under the names that they had.
belljar records --json | jq -r --arg name "$victim" '.records[] | select(.name == $name).digest' | while read -r record; do
    stored=$(find "$row/store/blobs" -name "${record#sha256:}*")
    cp "$stored" "$row/kept-$(basename "$stored")"
    sed -i 's/"status":"ok"/"status":"OK"/; s/"name":"attack"/"name":"attacK"/' "$stored"
done
answered
refuse "an edited record was taken for an answer" jq -e '.builds[0].cached' "$row/answer"
found belljar "an edited record: $(jq -r 'if .error then .error.code else "built" end' "$row/answer")"
for kept in "$row"/kept-?????*; do
    name=${kept##*/kept-}
    [ "${#name}" -lt 60 ] || cp "$kept" "$row/store/blobs/${name:0:2}/$name"
done

# Other bytes under the name of the output.
printf poisoned >"$file"
rm -rf "$row/taken"
answered
refuse "poison was given out" grep -qs poisoned "$row/taken/file"
matches "how a poisoned blob is given out" integrity "$(jq -r .error.code "$row/answer")"
found belljar "a poisoned blob: $(jq -r 'if .error then .error.code else "built" end' "$row/answer")"
belljar store fsck --json >"$row/fsck" 2>>"$row/trouble" && code=0 || code=$?
matches "the exit code of fsck" 6 "$code"
belljar store fsck --repair >>"$row/trouble" 2>&1 || true
expect "it can be built again" belljar build --quiet --no-cache "$victim"
expect "the store is whole again" belljar store fsck
