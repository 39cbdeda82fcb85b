# A certificate that was just made is valid now, until tomorrow, and not the day after.
openssl req -x509 -newkey ed25519 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=localhost 2>/dev/null
openssl verify -CAfile cert.pem cert.pem
openssl x509 -in cert.pem -noout -checkend 3600 >/dev/null || echo "bad: ends soon"
openssl x509 -in cert.pem -noout -checkend 172800 >/dev/null && echo "bad: does not end"
begin=$(date -d "$(openssl x509 -in cert.pem -noout -startdate | cut -d= -f2)" +%s)
[ "$begin" -le "$(date +%s)" ] && [ "$begin" -ge "$(($(date +%s) - 60))" ] || echo "bad: from $begin"
openssl x509 -in cert.pem -noout -enddate | wc -l
echo ok
