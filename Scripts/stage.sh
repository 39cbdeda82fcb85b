#!/bin/bash
# `stage.sh FOLDER [release|debug]` lays out below FOLDER what is installed, as it lies below a prefix: both programs (belljar looks
# for belljar-init beside itself), completions, man pages, JSON Schemas for editors, toolchains, and documents. `make install`,
# `make dist` and `make deb` take it from there. Symbols for debuggers come into FOLDER-debug, in the same places.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

stage=${1:?usage: stage.sh FOLDER [release|debug]}
configuration=${2:-release}
programs=.build/$configuration
symbols=$stage-debug
# Anew, and only then in place: an installation that runs meanwhile takes the one before or this one.
new=$stage.new
rm -rf "$new" "$symbols"
mkdir -p "$new/bin" "$symbols/bin/.debug"

# Where a debugger looks for symbols: beside the program, in .debug.
for program in belljar belljar-init; do
    objcopy --only-keep-debug --compress-debug-sections "$programs/$program" "$symbols/bin/.debug/$program.debug"
    objcopy --strip-all --remove-section=.swift1_autolink_entries --add-gnu-debuglink="$symbols/bin/.debug/$program.debug" \
        "$programs/$program" "$new/bin/$program"
    if [ "$configuration" = release ] && readelf --dynamic --wide "$new/bin/$program" | grep 'NEEDED'; then
        echo "stage: $program needs shared libraries of this machine, and is to run on others" >&2
        exit 1
    fi
done

complete() {
    install -d "$(dirname "$new/$2")"
    "$programs/belljar" --generate-completion-script "$1" >"$new/$2"
}
complete bash share/bash-completion/completions/belljar
complete zsh share/zsh/site-functions/_belljar
complete fish share/fish/vendor_completions.d/belljar.fish

"$programs/belljar" schema --output "$new/share/belljar/schemas" --quiet >/dev/null

# argument-parser's own tool writes one page for each command. Its plugin would compile everything a second time.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
options=(--configuration "$configuration")
[ "$configuration" = debug ] || options+=(--static-swift-stdlib)
swift build "${options[@]}" --quiet --product generate-manual >&2
"$programs/generate-manual" "$programs/belljar" --multi-page --date "$(date --utc --date="@$(Scripts/epoch.sh)" +%F)" --output-directory "$pages"
find "$pages" -name 'belljar*.1' -exec install -D --mode=644 --target-directory="$new/share/man/man1" {} +

# Those for projects. debian-12-idioms is for belljar's own tests.
for folder in Toolchains/*/; do
    name=$(basename "$folder")
    [ "$name" != debian-12-idioms ] || continue
    install -d "$new/share/belljar/toolchains/$name"
    sed 's#/Schemas/#/schemas/#' "$folder/toolchain.yaml" >"$new/share/belljar/toolchains/$name/toolchain.yaml"
    install --mode=644 "$folder/toolchain.lock.yaml" "$new/share/belljar/toolchains/$name/"
done

documents=$new/share/doc/belljar
install -D --mode=644 --target-directory="$documents" LICENSE README.md CHANGELOG.md SECURITY.md
cp -R docs "$documents/"
mkdir "$documents/examples"
cp -R Recipes "$documents/examples/"
chmod -R u=rwX,go=rX "$new" "$symbols"

rm -rf "$stage"
mv "$new" "$stage"
