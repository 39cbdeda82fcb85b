# getent knows root, the builder, Debian's groups, localhost, http and tcp.
getent passwd root | cut -d: -f1,3,6 || echo "bad: root"
getent passwd "$(id -u)" >/dev/null || echo "bad: $(id -u)"
getent group staff || echo "bad: staff"
getent group "$(id -g)" >/dev/null || echo "bad: group $(id -g)"
getent hosts localhost >/dev/null || echo "bad: localhost"
getent services http || echo "bad: http"
getent protocols tcp || echo "bad: tcp"
[ "$(id -un)" = "$(getent passwd "$(id -u)" | cut -d: -f1)" ] || echo "bad: $(id -un)"
echo ok
