# Descriptors of whoever started belljar
# A shell, an editor or a service has files open that the build's account may not open by itself. What is inherited
# needs no permission any more, and a working directory outside leads to the whole host.
echo secret >"$row/outside/secret"
# shellcheck disable=SC2016 # For the shell inside.
read_seven='(cat <&7) 2>/dev/null || echo closed'
inherit() { sh -c "$read_seven" 7<"$row/outside/secret"; }
outside secret inherit
exec 7<"$row/outside/secret" 8<"$row/outside"
# shellcheck disable=SC2016
inside $'closed\n0 1 2\n/build' "$read_seven
for i in \$(seq 0 99); do [ ! -e /proc/\$\$/fd/\$i ] || echo \$i; done | paste -sd' '
readlink /proc/\$\$/cwd"
