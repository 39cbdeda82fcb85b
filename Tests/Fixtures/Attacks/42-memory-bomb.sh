# A memory bomb
# A process, or many together, take memory until there is none: the kernel then ends whatever it thinks best, often something
# else.
compile bombs
outside 'memory 700' bombs memory 700
more='limits: {memory: 256MiB}'
inside '*' 'bombs memory 100000' resource_exceeded
matches "what the error names" memory "$(jq -r .error.limit.limit "$row/answer")"
matches "what the record names" memory "$(jq -r .observed.exceeded.limit "$row/record")"
# Eight of them, each with less than the limit, and kept for a while: PID 1 looks every quarter of a second.
inside '*' 'for i in 1 2 3 4 5 6 7 8; do bombs held 100 & done; wait' resource_exceeded
matches "what the error names for many" memory "$(jq -r .error.limit.limit "$row/answer")"
