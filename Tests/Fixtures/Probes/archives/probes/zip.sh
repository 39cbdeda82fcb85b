# zip, with and without what it adds of the system.
. "$(dirname "$0")/../tree.sh"
zip -qr plain.zip tree; zip -qrX bare.zip tree; zip -qry links.zip tree; (cd tree; zip -q ../some.zip *)
sha256sum ./*.zip; unzip -Zv plain.zip | grep -vE '^ *$' | head -n 40; sleep 2.1; zip -qr again.zip tree
cmp plain.zip again.zip && echo "two seconds later: ok" || echo "two seconds later: bad"
mkdir out; unzip -q plain.zip -d out; stat -c '%n %y' out/tree/*
