# What every attack is written with. Scripts/attacks.sh starts a bash for each, as an ordinary user, in an empty folder of
# the attack's own ($row), with a project and a store of its own ($row/project, $row/store), and reads this file first.
#
# An attack is shown twice. `outside` is the positive control: it works, or would be allowed, without belljar, by the same
# user. `inside` is the same under belljar. Both compare all that the attack printed; a pattern of the shell may stand for
# what differs from host to host. An attack without a control, or without a run of belljar, fails.

# What was found: `control`, `belljar`, `class`, `wrong`, `skip`, each followed by a text. The runner reads it.
found() { printf '%s\t%s\n' "$1" "${2//$'\n'/; }" >>"$row/found"; }
wrong() { found wrong "$*"; }
# Ends the attack: only for what this kernel or this host cannot have. What was wrong before stays wrong.
skip() { found skip "$*"; exit 0; }

# matches NAME PATTERN TEXT
matches() {
    # shellcheck disable=SC2053 # The pattern is one.
    [[ $3 == $2 ]] && return
    wrong "$1: expected \"$2\", found \"$3\""
    return 1
}

# expect WHAT COMMAND...: something that has to hold besides.
expect() {
    local what=$1
    shift
    "$@" >>"$row/trouble" 2>&1 || wrong "not so: $what"
}

# refuse WHAT COMMAND...: something that must not hold.
refuse() {
    local what=$1
    shift
    ! "$@" >>"$row/trouble" 2>&1 || wrong "so, and must not be: $what"
}

# An ordinary user in namespaces of their own, where they have every capability: what an attack has without belljar.
as_root=(unshare --user --map-root-user --mount --pid --fork --mount-proc --net --ipc --uts --cgroup)

# compile NAME [OPTION...]: NAME.c of this folder as a static program, $bin/NAME; without the folders in NAME.
compile() {
    local name=$1
    shift
    gcc -std=gnu11 -O1 -Wall -Werror -static -pthread -o "$bin/${name##*/}" "$attacks/$name.c" "$@" 2>>"$row/trouble" ||
        { wrong "$name.c does not compile"; exit 0; }
}

# outside PATTERN COMMAND...: the positive control.
outside() {
    local pattern=$1 text
    shift
    text=$(cd "$row/outside" && PATH=$bin:$PATH && "$@" 2>>"$row/trouble" </dev/null) || true
    if matches "the control" "$pattern" "$text"; then found control "$text"; fi
}

# ---- belljar

# What of belljar's limits, sources and controls an attack changes: lines of a recipe.
toolchain=tiny
more=''
outputs='[.]'
environment=()
builds=0

belljar() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$row/home" TMPDIR="$row/tmp" NO_COLOR=1 LANG=C.UTF-8 \
        BELLJAR_STORE="$row/store" "${environment[@]}" timeout 120 "$programs/belljar" "$@" --project "$row/project"
}

# recipe NAME SCRIPT: a recipe of one step in the small toolchain, with the attack's programs at /build/bin.
recipe() {
    local folder=$row/project/Recipes/$1
    mkdir -p "$folder"
    rm -rf "$folder/bin"
    cp -r "$bin" "$folder/bin"
    {
        printf 'name: %s\nversion: "1"\ntoolchain: %s\nepoch: 1700000000\n' "$1" "$toolchain"
        [[ $more == *sources:* ]] || printf 'sources: [{local: bin, into: bin}]\n'
        [ -z "$more" ] || printf '%s\n' "$more"
        printf 'steps:\n  - name: attack\n    run: |\n'
        sed 's/^/      /' <<<"PATH=/build/bin:\$PATH
$2"
        printf 'outputs: %s\n' "$outputs"
    } >"$folder/recipe.yaml"
}

# Exit codes by their name, as docs/exit-codes.md has them.
declare -A codes=([built]=0 [build_failed]=1 [usage]=2 [not_reproducible]=3 [sandbox_unavailable]=4 [refused]=5
    [integrity]=6 [resource_exceeded]=7 [unavailable]=8 [host]=9 [internal]=70 [cancelled]=143)

# ended CLASS CODE: whether the last command that printed its answer to $row/answer ended like this.
ended() {
    local name
    name=$(jq -r 'if .error then .error.code else "built" end' "$row/answer" 2>>"$row/trouble") || name='no answer'
    found class "$name"
    [ "$name" = "$1" ] && [ "$2" = "${codes[$1]}" ] ||
        wrong "expected $1, found $name with exit code $2: $(head -c 600 "$row/answer")"
}

# What the error said, with its remedy and its details.
answer() { jq -r '.error | [.operation, .subject, .stage, .answer, .remedy, (.details // [] | .[])] | map(select(.)) | join("\n")' "$row/answer"; }

# records [NAME]: how many there are, of a recipe or of all.
records() { belljar records --json | jq -r --arg name "${1:-}" '[.records[] | select($name == "" or .name == $name)] | length'; }

# honest STATUS: the record of $recipe says STATUS, claims nothing that was not, and all that held the build.
honest() {
    belljar show "$recipe" --json >"$row/record" 2>>"$row/trouble" || { wrong "there is no record"; return; }
    # shellcheck disable=SC2016 # jq's variables.
    jq -e --arg status "$1" '.result.status == $status
        and (if $status == "ok" then .result.tree != null else (.result.outputs == [] and .result.tree == null) end)
        and .observed.enforcement.namespaces == "user+mount+pid+net+ipc+uts+cgroup+time"
        and .observed.enforcement.capabilities == "none"
        and (.observed.enforcement.seccomp | IN("2 filters", "3 filters"))
        and (.observed.log | startswith("sha256:"))' "$row/record" >>"$row/trouble" ||
        wrong "the record is not honest: $(jq -c '[.result.status, (.result.outputs | length), .observed.enforcement]' "$row/record")"
}

# build CLASS SCRIPT: builds a recipe, $recipe; its log is in $row/log. Without SCRIPT it is the last one's. CLASS is `built` or an error's name. The status
# in the record follows from it, but for a timeout, which is `resource_exceeded` with a status of its own, and a violation:
# `build resource_exceeded/timeout`.
build() {
    local class=${1%/*} status code known
    if [ -n "${2:-}" ]; then
        # A name for each, because several records of one name can be of the same second.
        builds=$((builds + 1)) recipe=attack$builds
        recipe "$recipe" "$2"
    fi
    known=$(records "$recipe")
    belljar build --json --quiet --no-cache --output "$row/out" "$recipe" >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended "$class" "$code"
    case $1 in
    */*) status=${1#*/} ;;
    built) status=ok ;;
    *) status=$class ;;
    esac
    case $status in
    ok | build_failed | timeout | resource_exceeded | violation)
        honest "$status"
        belljar log "$recipe" >"$row/log" 2>>"$row/trouble" || wrong "there is no log"
        ;;
    *) matches "the number of records" "$known" "$(records "$recipe")" ;;
    esac
}

# inside PATTERN SCRIPT [CLASS]: what the build prints, which goes on after the attack was refused unless a class is named.
inside() {
    rm -rf "$row/out"
    build "${3:-built}" "$2
echo done >/out/done"
    local text
    text=$(cat "$row/log")
    if matches "under belljar" "$1" "$text"; then found belljar "$text"; fi
}

# attempt WHO ANSWER NAME=CONTROL...: system calls of calls.c. WHO makes the control: `plain`, or `root` for an ordinary user
# in namespaces of their own. CONTROL is the kernel's answer without belljar, ANSWER every call's under belljar. What this
# kernel was built without (ENOSYS, a family or protocol that is not there) has no control; then only the answer counts.
# `reached` is the control of calls that the kernel itself refuses to ordinary users (calls.c).
attempt() {
    local who=$1 refusal=$2 pair name wanted got names=() lines='' shown='' absent='' prefix=()
    shift 2
    [ -x "$bin/calls" ] || compile calls
    [ "$who" = plain ] || prefix=("${as_root[@]}")
    for pair in "$@"; do
        name=${pair%%=*} wanted=${pair#*=}
        names+=("$name")
        lines+="$name $refusal"$'\n'
        got=$(cd "$row/outside" && timeout 30 "${prefix[@]}" "$bin/calls" "$name" 2>&1 </dev/null) || true
        case $got in "$name ENOSYS" | "$name EAFNOSUPPORT" | "$name EPROTONOSUPPORT") absent+=" $name" && continue ;; esac
        matches "the control" "$name $wanted" "$got" && [ "$got" != "$name $refusal" ] && shown+="$got"$'\n'
    done
    if [ -n "$shown" ]; then found control "${shown%$'\n'}"; fi
    if [ -z "$shown" ] && [ -n "$absent" ]; then skip "this kernel has none of$absent"; fi
    inside "${lines%$'\n'}" "calls ${names[*]}"
}

# ---- Servers on the loopback device

# serve FOLDER: sets `address`; the runner ends it with the attack.
serve() {
    python3 -u "$attacks/server.py" "$1" >"$row/port" 2>>"$row/trouble" &
    local i
    for i in {1..100}; do [ -s "$row/port" ] && break; sleep 0.05; done
    address=http://127.0.0.1:$(head -n 1 "$row/port")
}

digest() { sha256sum "$1" | cut -d' ' -f1; }
