# Of many processes that make the same folder or file anew, one does.
for i in $(seq 20); do (mkdir lock 2>/dev/null && echo won) & done >folders
wait
for i in $(seq 20); do (set -C; { echo won >lockfile; } 2>/dev/null && echo won) & done >files
wait
cat folders files
[ "$(cat folders files | wc -l)" -eq 2 ] || echo "bad: $(cat folders files | wc -l) won"
echo ok
