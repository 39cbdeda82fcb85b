# EPOCHSECONDS moves while a script sleeps.
start=$EPOCHSECONDS
while ((EPOCHSECONDS == start)); do sleep 0.25; done
((EPOCHSECONDS > start)) || echo "bad: back from $start to $EPOCHSECONDS"
echo ok
