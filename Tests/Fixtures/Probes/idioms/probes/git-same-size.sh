# git status sees an edit of the same size right after the commit.
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main .
echo one >f
echo more >g
git add f g
git commit -q -m first
echo two >f
git status --porcelain f
[ "$(git status --porcelain f)" = ' M f' ] || echo "bad: git sees no edit"
git diff --stat | cat
git stash -q
cat f
git stash pop -q
cat f
echo ok
