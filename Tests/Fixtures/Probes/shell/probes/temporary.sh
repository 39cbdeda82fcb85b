# Names for temporary files that mktemp does not make itself, and their number.
mktemp -u; mktemp -u -p . XXXXXXXXXX; mktemp >/dev/null; ls /tmp | grep -c tmp
