# TZ names zones of the zone data: Tokyo is nine hours before UTC.
TZ=Asia/Tokyo date -d @0 '+%F %H:%M %Z'
TZ=America/New_York date -d @1700000000 '+%F %H:%M %Z'
[ "$(TZ=Asia/Tokyo date -d @0 +%H)" = 09 ] || echo "bad: Tokyo"
echo ok
