# Terminal escapes in a log
# Whoever prints a build's log to a terminal lets the build move the cursor, change the title, and in some terminals have text typed
# back. The bytes themselves are evidence, and stay as they are.
sequence='\033]0;owned\007\033[2Jgone\r\033[1Afirst'
in_terminal() { script --quiet --return --command "$*" /dev/null </dev/null; }
# shellcheck disable=SC2059
printf "$sequence" >"$row/outside/bytes"
printed() { in_terminal "cat bytes" | grep -c $'\e]0;owned'; }
outside 1 printed
inside '*owned*' "printf '$sequence'"
matches "bytes in the store" "$(digest "$row/outside/bytes")" "$(belljar log "$recipe" | sha256sum | cut -d' ' -f1)"
shown=$(in_terminal "env -i PATH=/usr/bin:/bin TERM=xterm HOME=$row/home $programs/belljar log $recipe --color never --store $row/store")
refuse "there is an escape in the log on a terminal" grep -q $'[\e\a]' <<<"$shown"
expect "the text is there" grep -q first <<<"$shown"
# The end of the log of a failure is in the error, as it is while it runs.
build build_failed "printf '$sequence'; exit 1"
shown=$(in_terminal "env -i PATH=/usr/bin:/bin TERM=xterm HOME=$row/home TMPDIR=$row/tmp $programs/belljar build --no-cache $recipe --color never --store $row/store --project $row/project" || true)
refuse "the title was changed" grep -q $'\e]0;owned' <<<"$shown"
refuse "the screen was cleared" grep -q $'\e\\[2J' <<<"$shown"
expect "the text is there" grep -q first <<<"$shown"
