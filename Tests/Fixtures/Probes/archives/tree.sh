# Files for the archivers, made in an order that is not that of their names: read by each probe.
mkdir tree; for name in zeta alpha middle; do echo "text of $name" >"tree/$name"; done
ln -s alpha tree/link; ln tree/zeta tree/hard; mkdir -p tree/folder/empty; chmod 755 tree/alpha
