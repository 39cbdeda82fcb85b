# An inode bomb
# Empty files cost no space, and each of them memory of the kernel.
compile bombs
outside 'inodes 3000' bombs inodes 3000
more='limits: {inodes: 2000}'
inside 'inodes 1[0-9][0-9][0-9]' 'mkdir /tmp/i; cd /tmp/i; bombs inodes 100000; rm -r /tmp/i'
inside 'inodes *' 'cd /tmp; bombs inodes 100000; exit 1' resource_exceeded
matches "what the record names" inodes "$(jq -r .observed.exceeded.limit "$row/record")"
more='limits: {output-files: 100}'
inside 'inodes 200' 'cd /out; bombs inodes 200' resource_exceeded
matches "what the record names" output-files "$(jq -r .observed.exceeded.limit "$row/record")"
