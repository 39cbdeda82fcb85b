# `git diff-index` calls a touched file changed until `update-index --refresh` has looked at it.
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main .
echo a >f
git add f
git commit -q -m one
sleep 1.1
git update-index -q --refresh
git diff-index --quiet HEAD || echo "bad: changed"
touch f
git diff-index --quiet HEAD && echo "bad: not seen as touched"
git update-index -q --refresh
git diff-index --quiet HEAD || echo "bad: still changed"
git status --porcelain
echo ok
