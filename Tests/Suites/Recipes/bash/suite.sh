# tests/run-all of the release, on a terminal, as its authors do. It prints differences and says nothing of success, so its loop
# is told to. Python ignores SIGPIPE, and without that run-func's writer to a pipe that nobody reads says so whenever it comes last.
exec 2>&1
./configure
make -j"$BELLJAR_JOBS"
make -j"$BELLJAR_JOBS" recho zecho printenv xcase
cd tests
# shellcheck disable=SC2016
sed 's/echo $x ; sh $x ;/echo "start $x"; if sh $x; then echo "suite: pass $x"; else echo "suite: fail $x"; fi;/' run-all >../run-all.said
cp ../run-all.said run-all
export PATH="$PWD/..:$PATH" THIS_SH="$PWD/../bash" BUILD_DIR="$PWD/.."
timeout 1200 python3 -c 'import pty, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); pty.spawn(["sh", "-c", "../bash run-all >../said 2>&1"])' </dev/null || true
cat ../said
sed -n 's/^suite: //p' ../said >"$OUT/results"
