#!/bin/bash
# `deb.sh STAGE FOLDER` packs what stage.sh laid out into FOLDER as a Debian package. Needs no root; the same stage gives the same
# bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

stage=${1:?usage: deb.sh STAGE FOLDER}
folder=${2:?usage: deb.sh STAGE FOLDER}
version=$("$stage/bin/belljar" version | cut -d' ' -f2)
# Debian orders 1.0~beta in front of 1.0.
version=${version/-/\~}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

mkdir -p "$root/usr" "$root/DEBIAN" "$folder"
cp -R "$stage/." "$root/usr/"
# Where Debian keeps licences, and completions of zsh.
mv "$root/usr/share/doc/belljar/LICENSE" "$root/usr/share/doc/belljar/copyright"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
find "$root/usr/share/man" -type f -exec gzip -n9 {} +

size=$(du --summarize --block-size=1K --apparent-size "$root/usr" | cut -f1)
# The programs are static. They run curl for what they fetch, git for sources that name a commit, and apt to lock a toolchain.
cat >"$root/DEBIAN/control" <<END
Package: belljar
Version: $version
Architecture: amd64
Maintainer: belljar's authors <authors@belljar.invalid>
Installed-Size: $size
Depends: curl, ca-certificates
Recommends: git, apt
Section: devel
Priority: optional
Description: build software in a sandbox, record it, and rebuild it to compare
 belljar builds software in a sandbox in which everything that a build can see
 is pinned, and records the digest of all that went in and came out. It needs
 no root, no daemon and no container engine.
END
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort --zero-terminated | xargs -0 md5sum >DEBIAN/md5sums)

find "$root" -exec touch --no-dereference --date="@$(Scripts/epoch.sh)" {} +

package=$folder/belljar_${version}_amd64.deb
SOURCE_DATE_EPOCH=$(Scripts/epoch.sh) dpkg-deb --root-owner-group --threads-max=1 --build "$root" "$package" >/dev/null
echo "$package"
