# Lying about where a program begins
# At its first call, PID 1 looks for what the kernel told a new program, on a stack that is the program's own to write. Who makes a
# whole program up decides how much there is to search, how much is found, and which numbers are added.
compile pressure
peak_of_naive() {
    pressure naive 256 >/dev/null &
    wait $! && echo 'it takes as much memory as it was told to search'
}
# A naive one has 256 MiB of addresses for 256 MiB of zeros; held to half of that it ends.
outside 'it takes as much memory as it was told to search' peak_of_naive
(ulimit -v 600000; refuse "half of it is enough" "$bin/pressure" naive 256)
# shellcheck disable=SC2016
peak='sed -n "s/^VmHWM:[[:space:]]*//p" /proc/1/status'
# The build has ended then, for good: nobody looks any more.
for lie in 'image 1024 0' 'image 300000 1' 'randoms 0 1' 'randoms 18446744073709551615 1' 'randoms 9223372036854775808 18446744073709551615' \
    'randoms 140737488351232 140737488351231' 'randoms 4096 0'; do
    inside '' "pressure $lie" refused/violation
    refuse "PID 1 ended by a fault, by $lie" grep -q 'signal\|ended without' "$row/answer"
done
# Programs that are all different, and large, and in order: each is searched and let go on, and nothing of it is kept.
inside '[0-9]*' "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do pressure image 64 1; done
$peak | tr -dc 0-9"
expect "PID 1 has 200 MB at most" test "$(cat "$row/log")" -lt 200000
