# openssl rand and genpkey give something else at each call.
for i in 1 2 3; do openssl rand -hex 16; done | tee all
[ "$(sort -u all | wc -l)" -eq 3 ] || echo "bad: $(cat all)"
openssl genpkey -algorithm ed25519 -out 1.pem
openssl genpkey -algorithm ed25519 -out 2.pem
cmp -s 1.pem 2.pem && echo "bad: one key twice"
echo ok
