# printf '%(%s)T', EPOCHSECONDS and `date +%s` say the same second.
printf -v first '%(%s)T' -1
second=$EPOCHSECONDS
third=$(date +%s)
((first <= second && second <= third && third - first <= 2)) || echo "bad: $first $second $third"
echo ok
