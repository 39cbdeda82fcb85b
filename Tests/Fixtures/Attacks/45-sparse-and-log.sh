# A sparse file of an exbibyte, and a log without an end
# A file that is all hole costs nothing until somebody reads it, as the one does who takes outputs in; and what a build prints is
# kept by somebody.
sparse() { python3 -c 'import os; f = os.memfd_create("x"); os.ftruncate(f, 1 << 60); print(os.fstat(f).st_size)'; }
outside 1152921504606846976 sparse
inside 'refused' '(trap "" XFSZ; truncate -s 1152921504606846976 /out/sparse) 2>/dev/null && echo made || echo refused'
inside '*' 'truncate -s 1152921504606846976 /out/sparse' resource_exceeded
matches "what the record names" file "$(jq -r .observed.exceeded.limit "$row/record")"
endless() { yes | head -c 30000000 | wc -c; }
outside 30000000 endless
more='limits: {log: 64KiB}'
inside '*' 'yes | head -c 30000000'
expect "the log ends at its limit" [ "$(wc -c <"$row/log")" -le 66000 ]
matches "what the record says" true "$(jq -r .observed.logTruncated "$row/record")"
more='limits: {log: 64KiB, timeout: 2s, grace: 1s}'
inside '*' 'yes' resource_exceeded/timeout
expect "the log ends at its limit" [ "$(wc -c <"$row/log")" -le 66000 ]
