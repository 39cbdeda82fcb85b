# Listings by time and with everything, of files made in an order.
for name in delta alpha echo bravo charlie; do echo "$name" >"$name"; done
echo more >>bravo
ls -t; ls -tr; ls -U; ls -la --full-time; ls -lai; ls -s; ls -lc
