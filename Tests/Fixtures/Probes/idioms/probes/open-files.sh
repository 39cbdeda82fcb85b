# A process may have a thousand files open, and `ulimit -n` says at least so.
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge 1024 ] || echo "bad: $(ulimit -n)"
python3 -c 'files = [open(f"f{i}", "w") for i in range(1000)]; print(len(files))'
ulimit -n 256 || echo "bad: cannot be lowered"
[ "$(ulimit -n)" = 256 ] || echo "bad: $(ulimit -n)"
echo ok
