# A memory bomb
# A process takes memory until there is none: the kernel then ends whatever it thinks best, often something else.
compile bombs
outside 'memory 700' bombs memory 700
more='limits: {memory: 256MiB}'
inside 'memory [12]*' 'bombs memory 100000'
expect "it was stopped at its limit" [ "$(sed 's/memory //' "$row/log")" -le 256 ]
