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
# What is not UTF-8 could not be said in a record: it is refused, by name.
# shellcheck disable=SC2016
inside '' 'touch "/out/$(printf "\377\376")"' build_failed
matches "the answer" '*not UTF-8*' "$(answer)"
