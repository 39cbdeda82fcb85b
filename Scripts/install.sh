#!/bin/bash
# `install.sh FOLDER` installs what `make build` made below FOLDER: both programs (belljar looks for belljar-init beside
# itself), man pages, completions for bash, zsh and fish, and JSON Schemas for editors.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?usage: install.sh FOLDER}
programs=.build/release

install -D --mode=755 --target-directory="$prefix/bin" "$programs/belljar" "$programs/belljar-init"

complete() {
    install -d "$(dirname "$prefix/$2")"
    "$programs/belljar" --generate-completion-script "$1" >"$prefix/$2"
}
complete bash share/bash-completion/completions/belljar
complete zsh share/zsh/site-functions/_belljar
complete fish share/fish/vendor_completions.d/belljar.fish

"$programs/belljar" schema --output "$prefix/share/belljar/schemas"

# argument-parser's own tool writes one page for each command. Its plugin would compile everything a second time.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
swift build --configuration release --static-swift-stdlib --product generate-manual >&2
"$programs/generate-manual" "$programs/belljar" --multi-page --output-directory "$pages"
find "$pages" -name 'belljar*.1' -exec install -D --mode=644 --target-directory="$prefix/share/man/man1" {} +
echo "installed below $prefix"
