# `until mkdir d.$RANDOM` and the like find a name that is free, again and again.
for i in {1..40}; do
    until mkdir "d.$RANDOM" 2>/dev/null; do :; done
    bash -c 'until mkdir "e.$RANDOM" 2>/dev/null; do :; done'
    sh -c 'until mkdir "f.$(od -An -N2 -tu2 /dev/urandom | tr -d " ")" 2>/dev/null; do :; done'
    until mkdir "g.$(shuf -i 1-9999 -n 1)" 2>/dev/null; do :; done
done
ls -d ?.* | wc -l
echo ok
