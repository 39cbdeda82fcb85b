#!/bin/bash
# Checks each recipe of Tests/Fixtures/Gallery, which depends on one thing of the host, and holds the cause that `belljar check`
# finds against expected.tsv. Then the same with all controls on: alike, and the audit names the control that saved it. Prints a
# row for each; the last line counts.
#
#     gallery.sh STAGE [RECIPE...]      STAGE as stage.sh lays it out. THIRD=0, 1 or 2: only every third. AUDIT=no:
#                                       only what `check` finds, which is a third of the work
#
# BELLJAR_STORE may name a store in which the toolchains are made already. Else needs the network: Debian's packages of two.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

stage=$(realpath "${1:?usage: gallery.sh STAGE [RECIPE...]}")
shift
work=$(mktemp -d /tmp/belljar-gallery-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
make_places "$work/places"
mkdir -p "$work/places/home/gallery"
cp -R Tests/Fixtures/Gallery/Recipes "$work/places/home/gallery/"
give_ordinary "$work/places"
store=${BELLJAR_STORE:-$work/places/store}

# belljar's words on standard output; what it is doing goes to a file.
belljar() {
    (cd "$work/places/home/gallery" &&
        in_places "$work/places" "${ordinary[@]}" env BELLJAR_STORE="$store" "$stage/bin/belljar" "$@") 2>>"$work/progress"
}

# found ANSWER: the cause that an answer in JSON gives for the file `seen`.
found() {
    python3 -c '
import json, sys
try:
    answer = json.load(open(sys.argv[1]))
except ValueError:
    sys.exit(print("failed"))
named = lambda items: any(item["path"] == "seen" for item in items)
if "different" not in answer: print("failed")
elif answer["different"] == 0: print("alike")
else:
    causes = [cause["control"] for cause in answer["causes"] if named(cause["differences"])]
    if not causes and named(answer.get("alikeOnOneProcessor", [])): causes = ["threads"]
    print("+".join(causes) or "none")
' "$1"
}

# saved ANSWER: what an audit says that a recipe owes being alike to.
saved() {
    python3 -c '
import json, sys
answer = json.load(open(sys.argv[1]))
owed = [trial["control"] for trial in answer["audit"] if trial["differences"]]
print("differs" if answer["different"] else "+".join(owed) or "nothing")
' "$1"
}

wanted=" $* "
number=0 passed=0 failed=0
printf '%-24s %-10s %-12s %s\n' recipe expected found "with all controls on, owed to"
while IFS=$'\t' read -r name cause _ _; do
    [[ $name != \#* ]] || continue
    number=$((number + 1))
    [[ $wanted == "  " || $wanted == *" $name "* ]] || continue
    [ -z "${THIRD:-}" ] || [ $((number % 3)) -eq "$THIRD" ] || continue
    belljar check "$name" --json >"$work/answer" || true
    cause_found=$(found "$work/answer")
    # The control that the recipe leaves to the host, back at its default.
    left=$(sed -nE 's/^controls: \{([a-z]+): real\}$/\1/p' "Tests/Fixtures/Gallery/Recipes/$name/recipe.yaml")
    owed=-
    if [ -n "$left" ] && [ "${AUDIT:-yes}" = yes ]; then
        declare -A states=([clock]=frozen [random]=seeded [order]=sorted [stat]=virtual [mtimes]=ordinal)
        belljar check "$name" --control "$left=${states[$left]:-fixed}" --audit --json >"$work/audit" || true
        owed=$(saved "$work/audit")
    fi
    verdict=ok
    [ "$cause_found" = "$cause" ] || verdict=wrong
    # What one host cannot vary, the audit still names.
    [ "$owed" = - ] || [[ +$owed+ == *+$left+* ]] || verdict=wrong
    if [ $verdict = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    printf '%-24s %-10s %-12s %-24s %s\n' "$name" "$cause" "$cause_found" "$owed" "$verdict"
done <Tests/Fixtures/Gallery/expected.tsv
[ "$failed" -eq 0 ] || tail -5 "$work/progress" >&2
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
