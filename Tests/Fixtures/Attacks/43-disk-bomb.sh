# A disk bomb
# A build writes until the disk is full, and with it everybody else's.
compile bombs
outside 'disk 100' bombs disk 100
more='limits: {scratch: 32MiB}'
for place in /out /tmp /build /dev/shm; do
    inside 'disk [0-9]*' "cd $place; bombs disk 100000; rm bomb"
    expect "it was stopped at its limit in $place" [ "$(sed 's/disk //' "$row/log")" -le 32 ]
done
inside 'disk *' "cd /tmp; bombs disk 100000; exit 1" resource_exceeded
matches "what the record names" scratch "$(jq -r .observed.exceeded.limit "$row/record")"
more='limits: {output-size: 2MiB}'
inside 'disk 5' "cd /out; bombs disk 5" resource_exceeded
matches "what the record names" output-size "$(jq -r .observed.exceeded.limit "$row/record")"
