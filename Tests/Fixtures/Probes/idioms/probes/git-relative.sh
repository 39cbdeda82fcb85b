# A commit that a second passed since was "1 second ago", or a few.
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main .
git commit -q --allow-empty -m one
sleep 1.1
git log --format=%cr | grep -qE '^[1-9] seconds? ago$' || echo "bad: $(git log --format=%cr)"
[ "$(git log --since=5.minutes.ago --format=%s)" = one ] || echo "bad: --since"
[ -z "$(git log --until=5.minutes.ago --format=%s)" ] || echo "bad: --until"
git commit -q --allow-empty -m two --date='2001-02-03T04:05:06Z'
git log -1 --format=%aI
[ "$(git log -1 --format=%ct)" -le "$(date +%s)" ] || echo "bad: from the future"
echo ok
