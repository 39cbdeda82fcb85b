# Names of temporary files that mktemp makes.
mktemp; mktemp -d; mktemp -p . XXXXXXXXXX; mktemp -p . XXXX; mktemp -p . XXXXXXXXXXXXXXXXXXXXXXXX.c
for i in $(seq 60); do mktemp; mktemp -d -p . t.XXXXXXXXXXXX; done
seq 30 | xargs -P 3 -n 1 sh -c 'mktemp "$PWD/$0.XXXXXX"' | sort
