# .timeout lets sqlite3 wait for a lock, and give up after that.
sqlite3 db 'CREATE TABLE t(n)'
mkfifo commands
sqlite3 db <commands >answers &
exec 3>commands
echo 'BEGIN IMMEDIATE; SELECT "locked";' >&3
until grep -q locked answers; do sleep 0.1; done
begin=$(date +%s%N)
sqlite3 -cmd '.timeout 600' db 'INSERT INTO t VALUES(1)' 2>&1 | grep -c locked
[ $((($(date +%s%N) - begin) / 1000000)) -ge 500 ] || echo "bad: gave up after $((($(date +%s%N) - begin) / 1000000)) ms"
echo 'COMMIT;' >&3
sqlite3 -cmd '.timeout 9000' db 'INSERT INTO t VALUES(2); SELECT n FROM t'
exec 3>&-
wait
echo ok
