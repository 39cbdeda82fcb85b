# Open: ninja writes down when each command began and ended.
printf 'rule r\n  command = sleep 0.0$n && cp a $out\nbuild b: r\n  n = 3\nbuild c: r\n  n = 5\n' >build.ninja; echo 1 >a; ninja >/dev/null; cat .ninja_log
