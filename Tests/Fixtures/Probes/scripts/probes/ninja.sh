# ninja remakes what is older than what it depends on, and nothing else.
cat >build.ninja <<'X'
rule copy
  command = cp $in $out
  description = copy $out
rule discover
  command = cp $in $out && echo "$out: $in extra" >$out.d
  depfile = $out.d
  deps = gcc
build b: copy a
build c: copy b
build d: discover c
X
echo 1 >a; echo 2 >extra; ninja -v; ninja; touch a; ninja -n | head -n 3; ninja -d explain 2>&1; touch extra; ninja -d explain 2>&1; ninja
ninja | grep -q 'no work' && echo "up to date: ok" || echo "up to date: bad"
ninja -t deps
