# Jobs and xargs -P that sleep as long as their arguments say are done in the order of these.
for n in 2.4 0.2 1.3; do (sleep $n; echo $n) & done
wait
printf '2.4\n0.2\n1.3\n' | xargs -P 3 -n 1 sh -c 'sleep $0; echo $0'
echo ok
