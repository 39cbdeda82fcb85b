# toolchain: debian-12-c
# needs: git
# git: commits, a clone over a pipe, packing and checking
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q one
cd one
for i in 1 2 3; do echo $i >file; git add file; git commit -q -m "commit $i"; done
git gc -q 2>/dev/null || :
cd ..
git clone -q --no-local one two
cd two
[ "$(git log --format=%s | head -n 1)" = 'commit 3' ]
git fsck --strict
