# Archives that come out of their folder
# A member with an absolute path, with `..`, or whose way leads through a link that the archive itself made, writes where
# the archive's author wants. In tar, zip and ar, which Debian's packages are made of.
mkdir "$row/archives" "$row/canaries"
serve "$row/archives"
for kind in tar-absolute tar-climbs tar-link tar-relative tar-hardlink zip-absolute zip-climbs zip-link zip-relative ar-climbs ar-absolute; do
    file=$row/archives/$kind
    careless() {
        rm -rf unpacked
        echo original >canary
        python3 "$attacks/archives.py" "$kind" made "$PWD/canary"
        python3 "$attacks/archives.py" --unpack made unpacked
        [ "$(cat canary)" = original ] || echo "$kind"
    }
    outside "$kind" careless
    echo original >"$row/canaries/canary"
    python3 "$attacks/archives.py" "$kind" "$file" "$row/canaries/canary"
    more="sources: [{archive: '$address/$kind', strip: 0, sha256: $(digest "$file")}]"
    build integrity 'echo it was unpacked'
    found belljar "$kind refused"
    expect "the canary is as it was after $kind" grep -qx original "$row/canaries/canary"
    case $kind in
    *climbs) words='"*canary" has a path that climbs out with ..*tar -xf*' ;;
    *absolute | *hardlink) words='"*canary" has an absolute path*tar -xf*' ;;
    *) words='"way/canary" leads through a link or a file*tar -xf*' ;;
    esac
    matches "the answer to $kind" "*$words" "$(answer)"
done
