# ln raises the count of links, rm lowers it, and a changed file is changed under both names.
echo one >a
ln a b
stat -c %h a b
echo two >>b
cat a
rm b
stat -c %h a
echo ok
