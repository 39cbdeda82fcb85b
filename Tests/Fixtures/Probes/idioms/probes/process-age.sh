# ps tells how old a process is, and not that it is from the future.
sleep 1.1
age=$(ps -o etimes= -p $$ | tr -d ' ')
[ "$age" -ge 0 ] && [ "$age" -le 60 ] || echo "bad: $age seconds"
[ "$(date -d "$(ps -o lstart= -p $$)" +%s)" -le "$(($(date +%s) + 1))" ] || echo "bad: started $(ps -o lstart= -p $$), now $(date)"
echo ok
