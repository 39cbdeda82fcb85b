# Names with newlines, escapes and bytes that are no text
# A name with a line feed becomes two lines of a list, one of them invented; an escape sequence in it drives the terminal of whoever
# looks at the list.
raw_list() { touch $'a\e[31m' && ls | od -An -c | tr -d ' \n'; }
outside '*033[[]31m*' raw_list
outputs='[.]'
# shellcheck disable=SC2016
inside '' 'touch "/out/$(printf "two\nlines")" "/out/$(printf "esc\033[31mred")" "/out/quote\"back\\slash"'
expect "the names are in the record, to the byte" jq -e '[.result.outputs[].path] ==
    ["done", "esc\u001b[31mred", "quote\"back\\slash", "two\nlines"]' "$row/record"
refuse "there is an escape in what the record is written with" grep -q $'\e' "$row/record"
shown=$(script --quiet --return --command "env -i PATH=/usr/bin:/bin TERM=xterm HOME=$row/home $programs/belljar show $recipe --color never --store $row/store" /dev/null </dev/null)
refuse "there is an escape on a terminal" grep -q $'\e' <<<"$shown"
# Bytes that are no text stay two names, where one would be lost if both became a replacement character.
# shellcheck disable=SC2016
inside '' 'echo one >"/out/$(printf "a\377")"; echo two >"/out/$(printf "a\376")"'
expect "both names are in the record, byte for byte" jq -e '[.result.outputs[].path] == ["a\u0000fe", "a\u0000ff", "done"]' "$row/record"
matches "what is in the first" one "$(cat "$row/out/"$'a\xff')"
matches "what is in the second" two "$(cat "$row/out/"$'a\xfe')"
