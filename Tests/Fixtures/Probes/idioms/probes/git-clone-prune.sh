# git clones a repository by file://, packs it, and gc --prune=now removes what nothing refers to.
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main one
for i in 1 2 3; do
    echo $i >one/f
    git -C one add f
    git -C one commit -q -m $i
done
lost=$(echo lost | git -C one hash-object -w --stdin)
git clone -q "file://$PWD/one" two
git -C two log --format=%s | paste -sd' '
git -C one reflog expire --expire=now --all
git -C one gc -q --prune=now
git -C one cat-file -e "$lost" 2>/dev/null && echo "bad: not pruned"
git -C one fsck --strict 2>/dev/null || echo "bad: fsck"
git -C two pull -q
echo ok
