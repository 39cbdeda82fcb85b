# C.UTF-8 is there: characters are not bytes, and sorting is by code points.
export LC_ALL=C.UTF-8
locale charmap
printf 'caf\303\251' | wc -m
printf '\303\251\nz\nA\n' | sort | tr '\n' ' '
python3 -c 'import sys; print(sys.getfilesystemencoding(), sys.stdout.encoding)'
echo ok
