# fakeroot shows files as root's, and tar packs them so.
fakeroot sh -c 'echo >f; chown 0:0 f; chmod 4755 f; stat -c "%u:%g %a" f; mknod n c 1 3; stat -c %F n; tar -cf a.tar f; id -u'
tar --numeric-owner -tvf a.tar | cut -c1-14
echo ok
