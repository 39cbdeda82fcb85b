# Links and shared inodes as outputs
# Two names of one file: what is written to one shows in the other, in the store and in every copy of the output. Links that lead in
# circles keep whoever follows them busy.
shared() { echo one >a && ln a b && echo two >b && cat a; }
outside two shared
inside '' 'echo one >/out/a; ln /out/a /out/b; ln -s loop /out/loop; ln -s b /out/c; mkdir /out/d; ln -s .. /out/d/up'
matches "the modes in the record" 'a 0644,b 0644,c link,d/up link,done 0644,loop link' "$(jq -r '[.result.outputs[] | .path + " " + .mode] | join(",")' "$row/record")"
echo two >"$row/out/b"
expect "the other copy is as it was" grep -qx one "$row/out/a"
expect "the store is whole" belljar store fsck
# An input's file, by a link to the very inode of the store, if it could be made.
more="inputs: [$recipe]"
inside refused "ln /inputs/$recipe/a /out/hard 2>/dev/null && echo linked || echo refused"
