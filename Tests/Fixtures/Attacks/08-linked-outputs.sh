# An output that is a link to a file of the host
# Whoever copies outputs and follows links copies what the link names on the host, where the build could not read it. So does
# who follows a link in the middle of a path, or a hard link to an input.
echo secret >"$row/secret"
collect() { ln -s "$row/secret" result && cp -L result copy && cat copy; }
outside secret collect
inside "" "ln -s $row/secret /out/absolute" build_failed
matches "the answer" '*absolute*or could*' "$(answer)"
inside "" "mkdir /out/a; ln -s ../../../../../../../..$row/secret /out/a/relative" build_failed
matches "the answer" '*a/relative*out of*' "$(answer)"
inside "" "mkdir /out/a; ln -s a /out/up; ln -s up/../..$row /out/through" build_failed
matches "the answer" '*through*out of*' "$(answer)"
# In place of the directory itself.
inside "refused" "rmdir /out 2>/dev/null && ln -s $row /out || mv /out /tmp/o 2>/dev/null || echo refused"
# What is promised by the recipe is looked for without following links either.
outputs='[link/secret]'
inside "" "ln -s $row /out/link" build_failed
matches "the answer" '*link: a link that leads*out of*' "$(answer)"
refuse "the secret is in the store" grep -rqs '^secret$' "$row/store/blobs"
