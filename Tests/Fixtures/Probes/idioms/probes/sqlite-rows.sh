# Rows with CURRENT_TIMESTAMP are in the order in which they were made, with sleeps between them.
for i in 1 2 3; do
    sqlite3 db "CREATE TABLE IF NOT EXISTS t(n, at DEFAULT CURRENT_TIMESTAMP); INSERT INTO t(n) VALUES($i)"
    sleep 1.05
done
[ "$(sqlite3 db 'SELECT group_concat(n, "") FROM (SELECT n FROM t ORDER BY at)')" = 123 ] || echo "bad: order"
[ "$(sqlite3 db 'SELECT count(DISTINCT at) FROM t')" -eq 3 ] || echo "bad: one time twice"
[ "$(sqlite3 db "SELECT count(*) FROM t WHERE at <= datetime('now') AND at > datetime('now', '-1 hour')")" -eq 3 ] || echo "bad: now"
sqlite3 db "SELECT unixepoch('2024-02-29') - unixepoch('2024-02-28')"
echo ok
