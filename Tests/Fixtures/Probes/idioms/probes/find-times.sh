# find -mtime, -mmin, -newer, -cnewer and -newerXY sort files by their ages.
touch -d '3 days ago' three
touch -d '30 hours ago' thirty
touch -d '10 minutes ago' ten
: >now
is() { [ "$(find . -type f "$@" | sort | tr '\n' ' ')" = "$want" ] || echo "bad: $*: $(find . -type f "$@" | tr '\n' ' ')"; }
want='./three ' is -mtime +1
want='./thirty ' is -mtime 1
want='./now ./ten ' is -mtime 0
want='./ten ' is -mmin +5 -mmin -15
want='./now ./ten ./thirty ' is -newer three
want='./now ./ten ' is -newermt '1 day ago'
want='./now ./ten ./thirty ./three ' is -cmin -5
want='' is -newermt tomorrow
echo ok
