# `date` knows the ends of months, leap years and how many days lie between two dates.
[ "$(date -u -d '2024-02-28 +1 day' +%F)" = 2024-02-29 ] || echo "bad: leap day"
[ "$(date -u -d '2023-12-31 23:59:59 UTC +1 second' '+%F %T')" = '2024-01-01 00:00:00' ] || echo "bad: new year"
[ $((($(date -u -d 2024-03-01 +%s) - $(date -u -d 2024-02-01 +%s)) / 86400)) -eq 29 ] || echo "bad: days"
[ "$(date -u -d @86399 +%T)" = 23:59:59 ] || echo "bad: @"
[ "$(date -u -d "$(date -u -R)" +%s)" -le "$(date +%s)" ] || echo "bad: RFC 5322"
echo ok
