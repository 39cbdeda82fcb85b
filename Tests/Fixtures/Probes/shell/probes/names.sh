# Orders of a folder with 5,000 names.
find /build/names | sha256sum; ls -U /build/names | sha256sum; ls -f /build/names | head -n 4
echo /build/names/* | sha256sum
find /build/names -printf '%f %T@ %i %n %s %b %D\n' | head -n 5
du -s --apparent-size /build/names; du -s /build/names
find / -xdev -name 'l*' -path '/usr/*' 2>/dev/null | sha256sum
find /etc /usr/bin -printf '%p %T@ %C@ %A@ %n %s %m\n' | sha256sum
find /etc /usr/bin -printf '%p %i\n' | sha256sum
