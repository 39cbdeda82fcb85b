# `make check` of a release; what automake says of each test is in its .trs file.
exec 2>&1
./configure
make -j"$BELLJAR_JOBS"
timeout 1500 make -k -j"$BELLJAR_JOBS" check || true
find . -name '*.trs' | while read -r file; do
    case $(sed -n 's/^:global-test-result: //p' "$file") in
    PASS | XFAIL) word=pass ;;
    SKIP) word=skip ;;
    *) word=fail ;;
    esac
    name=${file#./} name=${name%.trs}
    echo "$word $name"
    [ "$word" = pass ] || { echo "==== $word $name"; cat "${file%.trs}.log"; } >&2
done >"$OUT/results"
