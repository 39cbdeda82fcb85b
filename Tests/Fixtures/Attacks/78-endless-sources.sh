# Sources without an end
# A recipe's sources are a server that sends a byte now and then, one that takes the connection and says nothing, a file and a
# repository without an end, a local tree of a few bytes that is a tebibyte to whoever reads it, and one with a FIFO. Whoever builds it
# would wait for ever, or have no disk left.
mkdir "$row/files"
echo small >"$row/files/small"
serve "$row/files"
port=${address##*:}
pin=$(digest "$row/files/small")
limits() { mkdir -p "$row/home/.config/belljar"; printf '%s\n' "$@" >"$row/home/.config/belljar/limits.yaml"; }
# timed SECONDS COMMAND...: not so, if it takes longer.
timed() {
    local most=$1 begun=$SECONDS status=0
    shift
    "$@" || status=$?
    [ $((SECONDS - begun)) -le "$most" ] || wrong "$* took $((SECONDS - begun)) s"
    return "$status"
}

# ---- Without belljar: each goes on until somebody ends it.
tree=$row/outside/tree
mkdir -p "$tree"
truncate -s 1T "$tree/hole"
mkfifo "$row/outside/fifo"
waits() { timeout 4 "$@" >/dev/null 2>&1; [ $? = 124 ] && echo "$1 waits"; }
fills() { (ulimit -f 65536; timeout 20 curl -sS -o "$row/tmp/filled" "$address/endless/x" 2>/dev/null); stat -c %s "$row/tmp/filled"; rm -f "$row/tmp/filled"; }
control() {
    waits curl -sS "$address/slow/x"
    waits git clone -q "git://127.0.0.1:$port/x" "$row/tmp/clone"
    waits cat "$tree/hole"
    waits sha256sum "$row/outside/fifo"
    fills
}
outside $'curl waits\ngit waits\ncat waits\nsha256sum waits\n67108864' control

# ---- Under belljar
commit=0123456789012345678901234567890123456789
# The two that take a minute run beside all others.
later() {
    more="sources: [$2]"
    recipe "$1" 'true >/out/x'
    (SECONDS=0; belljar build --json --quiet "$1" >"$row/answer.$1" 2>>"$row/trouble" </dev/null; echo "$? $SECONDS" >"$row/end.$1") &
}
later dripping "{file: '$address/slow/x', sha256: $pin, name: x}"
later silent "{git: 'git://127.0.0.1:$port/x', commit: $commit}"
sleep 1
take() {
    more="sources: [$1]"
    timed "$3" build "$2/no-record" 'true >/out/x'
    found belljar "$4: $2"
    matches "the answer to $4" "$5" "$(answer)"
}
limits 'fetch-size: 8MiB' 'fetch-time: 10s' 'source-size: 1GiB' 'source-files: 100'
take "{file: '$address/endless/x', sha256: $pin, name: x}" resource_exceeded 20 'a file without an end' '*limit fetch-size of 8MiB*`fetch-size` in*'
take "{file: '$address/drip/x', sha256: $pin, name: x}" unavailable 20 'fast enough, and without an end' '*limit fetch-time of 10s*'
# A list that comes fast fills the memory that git may have (4 GiB) before its time is over.
take "{git: '$address/endless', commit: $commit}" unavailable 25 'a repository whose list of names has no end' '*@(limit fetch-time of 10s|Out of memory)*'
# A repository that is larger than may be.
git init -q "$row/project/large"
head -c 30000000 /dev/urandom >"$row/project/large/noise"
git -C "$row/project/large" add noise
git -C "$row/project/large" -c user.name=x -c user.email=x@invalid commit -qm x
commit=$(git -C "$row/project/large" rev-parse HEAD)
take "{git: 'file://$row/project/large', commit: $commit}" resource_exceeded 20 'a large repository' '*limit fetch-size of 8MiB*'
refuse "the store has grown" sh -c '[ "$(du -sm "$1/store" | cut -f 1)" -gt 100 ]' - "$row"

# local NAME CLASS ANSWER COMMAND...: a tree beside the recipe, made by the command in it.
local_tree() {
    local name=$1 class=$2 pattern=$3 known
    shift 3
    mkdir -p "$row/project/Recipes/$name/tree"
    (cd "$row/project/Recipes/$name/tree" && "$@")
    more='sources: [{local: tree}]'
    recipe "$name" 'true >/out/x'
    known=$(records)
    timed 5 belljar build --json --quiet "$name" >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended "$class" "$code"
    matches "the number of records" "$known" "$(records)"
    found belljar "$name: $class"
    matches "the answer to $name" "$pattern" "$(answer)"
}
many() { local i; for i in {1..101}; do : >"$i"; done; }
local_tree hole resource_exceeded '*limit source-size of 1GiB*' truncate -s 1T hole
local_tree many resource_exceeded '*limit source-files of 100*' many
local_tree fifo usage '*FIFO*' mkfifo fifo

wait $(jobs -p | tail -n +2)
# The server answers in time for curl to wait for more: three attempts, each given up after 20 s.
for name in dripping silent; do
    read -r code seconds <"$row/end.$name"
    cp "$row/answer.$name" "$row/answer"
    ended unavailable "$code"
    found belljar "$name: given up"
    expect "$name was given up in time, not after $seconds s" [ "$seconds" -le 100 ]
done
matches 'the answer to a silent server' '*slower than 1000 bytes per second for 60 s*' "$(answer)"
expect "no scratch is left" [ -z "$(ls -A "$row/store/tmp")" ]
# git's helpers would go on.
refuse "something still fetches" pgrep -u "$(id -u)" -f "127.0.0.1:$port"
