# SECONDS counts the seconds that a script has slept.
SECONDS=0
until ((SECONDS >= 1)); do sleep 0.3; done
SECONDS=0
sleep 2
((SECONDS >= 2)) || echo "bad: SECONDS is $SECONDS after a sleep of 2"
echo ok
