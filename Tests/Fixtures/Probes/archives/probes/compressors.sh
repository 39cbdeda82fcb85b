# Compressors that note a name or a time, and those that use threads.
. "$(dirname "$0")/../tree.sh"
seq 300000 >numbers; gzip -k numbers; gzip -9c <numbers >stream.gz; bzip2 -k numbers; xz -k -T2 numbers; xz -k -T0 -c numbers >all.xz
sha256sum numbers.* stream.gz all.xz; gzip -lv numbers.gz; stat -c '%n %y' numbers*
