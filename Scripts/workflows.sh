#!/bin/bash
# Runs the example workflows of docs/howto/ci as far as it can without their services: each is held against its service's schema, and
# its commands are executed in order, as an ordinary user in a small project, with what `make dist` makes of a stage. Twice, the
# second time with the cache of the first.
#
#     workflows.sh STAGE      as stage.sh lays it out
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

stage=${1:?usage: workflows.sh STAGE}
python=$PWD/.build/check-jsonschema/bin/python
work=$(mktemp -d /tmp/belljar-workflows-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
make_places "$work/places"
mkdir "$work/places/project" "$work/places/runner"

XZ_DEFAULTS=-0 Scripts/dist.sh "$stage" "$work/dist" >/dev/null
packed=$(echo "$work"/dist/belljar-*-linux-x86_64.tar.xz)

# A project with a toolchain that needs no network: a static busybox.
cat >"$work/places/project/belljar.yaml" <<'END'
name: greeting
version: "1"
toolchain: tiny
epoch: 1700000000
sources: [{local: /}]
steps: [{name: build, run: 'sh greet.sh >"$OUT/greeting"'}]
outputs: [greeting]
END
echo 'echo hi from a workflow' >"$work/places/project/greet.sh"
printf '/out/\n/records/\n/.belljar-store.tar\n' >"$work/places/project/.gitignore"
mkdir -p "$work/root/bin"
cp /bin/busybox "$work/root/bin/"
for applet in sh ls cat; do ln -s busybox "$work/root/bin/$applet"; done
tar --create --directory "$work/root" --owner=0 --group=0 --numeric-owner --mtime=@0 --file "$work/tiny.tar" .
chmod 644 "$work/tiny.tar"
give_ordinary "$work/places"

# as_runner SCRIPT: in the project, with what both services' runners set.
as_runner() {
    (cd "$work/places/project" && in_places "$work/places" "${ordinary[@]}" env --unset=BELLJAR_STORE "BELLJAR_DIST=file://$packed" \
        "BELLJAR_SHA256=$(sha256sum "$packed" | cut -c1-64)" "RUNNER_TEMP=$work/places/runner" \
        "GITHUB_PATH=$work/places/runner/path" bash -e "$1")
}

# commands FILE: what a workflow executes, as one script.
commands() {
    "$python" - "$1" <<'END'
import sys
from ruamel.yaml import YAML

workflow = YAML(typ="safe").load(open(sys.argv[1]))
if "jobs" in workflow:
    for step in workflow["jobs"]["build"]["steps"]:
        # What needs root is the machine's owner's.
        if "run" in step and not step["run"].startswith("sudo "):
            # Each step is a shell of its own, and has in its PATH what those before it added.
            print(f'(if [ -f "$GITHUB_PATH" ]; then PATH=$(cat "$GITHUB_PATH"):$PATH; fi; {step["run"].rstrip()}\n)')
else:
    job = workflow["belljar"]
    for line in job["before_script"] + job["script"]:
        print(line.rstrip())
END
}

. Scripts/checks.sh

# run RESULT: a fresh checkout and a fresh machine, but for what the service keeps; what it must say of the build.
run() {
    rm -rf "$work/places/project"/{out,records} "$work/places/runner"
    mkdir "$work/places/runner"
    give_ordinary "$work/places/runner"
    as_runner "$work/script" >"$work/run" 2>&1 || { cat "$work/run" && return 1; }
    cat "$work/run"
    grep -E "^greeting 1  $1  record sha256:" "$work/run"
    [ "$1" = cached ] || grep -F 'verdict: identical' "$work/run"
    grep -x 'hi from a workflow' "$work/places/project/out/greeting/greeting" && test -s "$work/places/project/records/greeting.json"
}

# Into the store that the cache of the one is, and into that of the other.
import() {
    cat >"$work/import" <<END
'$(realpath "$stage")/bin/belljar' toolchain import -q tiny https://archive.invalid/tiny.tar \\
    --sha256 $(sha256sum "$work/tiny.tar" | cut -c1-64) --file '$work/tiny.tar'
tar --create --directory "\$HOME/.local/share" --transform='s#^belljar#store#' --file .belljar-store.tar belljar
END
    as_runner "$work/import"
}

check "the project's toolchain" import
for service in github gitlab; do
    file=docs/howto/ci/$service.yml
    case $service in github) schema=vendor.github-workflows ;; *) schema=vendor.gitlab-ci ;; esac
    check "$service: its schema" "$python" -m check_jsonschema --builtin-schema "$schema" "$file"
    commands "$file" >"$work/script"
    check "$service: the first time" run built
    check "$service: with the cache" run cached
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
