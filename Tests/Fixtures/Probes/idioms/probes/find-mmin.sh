# A file that was just made is less than a minute old for find -mmin and -amin.
echo >new
touch -d '2 hours ago' old
[ "$(find . -type f -mmin -1)" = ./new ] || echo "bad: $(find . -type f -mmin -1)"
[ "$(find . -type f -mmin +60)" = ./old ] || echo "bad: $(find . -type f -mmin +60)"
echo ok
