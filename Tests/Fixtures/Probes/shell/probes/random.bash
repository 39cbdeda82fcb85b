# What bash has of random numbers and times.
echo "$RANDOM $RANDOM $RANDOM"
echo "$SRANDOM $SRANDOM"
(echo "$RANDOM"); (echo "$RANDOM")
RANDOM=5; echo "seeded $RANDOM"
echo "$EPOCHSECONDS $EPOCHREALTIME $SECONDS"
printf '%(%F %T %Z)T\n' -1
echo "$BASHPID $UID $EUID $HOSTNAME $MACHTYPE $SHLVL $LINENO"
declare -A map=([one]=1 [two]=2 [three]=3 [four]=4)
echo "${!map[@]}"
