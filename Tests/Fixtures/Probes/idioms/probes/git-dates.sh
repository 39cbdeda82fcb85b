# Commits with a sleep between them have dates in their order.
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main .
for i in 1 2; do
    git commit -q --allow-empty -m $i
    sleep 1.1
done
set -- $(git log --format=%ct)
[ "$1" -gt "$2" ] || echo "bad: $1 is not after $2"
[ "$1" -le "$(date +%s)" ] || echo "bad: a commit from the future"
[ "$(git log --since='1 hour ago' --format=%s | wc -l)" -eq 2 ] || echo "bad: --since"
echo ok
