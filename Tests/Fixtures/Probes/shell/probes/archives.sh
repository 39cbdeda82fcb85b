# Archives of files that were made here, by the tools that every image has.
mkdir tree; for name in zeta alpha middle; do echo "$name" >"tree/$name"; done
ln -s alpha tree/link; ln tree/zeta tree/hard; mkdir tree/empty
tar -cf gnu.tar tree; tar --format=pax -cf pax.tar tree; tar --sort=name --mtime=@0 -cf sorted.tar tree
gzip -k gnu.tar; gzip -c <gnu.tar >stream.gz; xz -k pax.tar; bzip2 -k sorted.tar; tar -czf by-tar.tgz tree
sha256sum -- *.tar *.gz *.xz *.bz2 *.tgz
tar --full-time -tvf pax.tar
strings=$(tr -c '[:print:]\n' '.' <pax.tar | grep -o '[acm]*time=[0-9.]*' | sort | uniq -c); echo "$strings"
tar -xpf pax.tar -C tree/empty; stat -c '%n %y' tree/empty/tree/*
