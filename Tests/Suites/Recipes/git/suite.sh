# Scripts of the release's t/, by number: what works with the index, the working tree, times, locks, large and many files.
exec 2>&1
make -j"$BELLJAR_JOBS" NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_OPENSSL=1 NO_PYTHON=1 NO_TCLTK=1 NO_ICONV=1 CFLAGS=-O1
cd t
for script in t00[0-4]*.sh t006*.sh t10[0-3]*.sh t130[0-4]*.sh t17*.sh t20[0-2]*.sh t21*.sh t22*.sh t300*.sh t370*.sh t500*.sh t530[0-4]*.sh \
    t560[0-1]*.sh t611*.sh t700[0-4]*.sh t7063*.sh t750[0-8]*.sh t770*.sh; do
    echo "==== $script"
    timeout 300 sh "$script" 2>&1 || echo "exit $?"
done >../said
cat ../said
sed -nE -e 's/^==== (.*)/in \1/p' -e 's/^ok [0-9]+( - .*)? # skip.*/skip &/p' -e t -e 's/^(ok|not ok) ([0-9]+).*# T[O]DO.*/todo/p' -e t \
    -e 's/^ok [0-9]+/pass &/p' -e 's/^not ok [0-9]+/fail &/p' ../said |
    awk '$1 == "in" { script = $2; next } $1 == "todo" { next } { word = $1; sub(/^[a-z]+ (not )?ok /, ""); sub(/ # .*/, ""); print word, script, $0 }' >"$OUT/results"
