# Numbers of processes.
echo "shell $$ parent $PPID"
sleep 0 & echo "background $!"; wait
(exec sh -c 'echo "inner $$ parent $PPID"')
for i in 1 2 3; do sh -c 'echo $$'; done
ls /proc | grep '^[0-9]*$' | head -n 5
