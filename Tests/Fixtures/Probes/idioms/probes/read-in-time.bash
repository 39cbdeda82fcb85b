# `read -t 10` from a command that answers after 0.3 seconds gets the answer.
read -r -t 10 line < <(sleep 0.3; echo answer)
echo "$line"
[[ $line = answer ]] || echo "bad: '$line'"
coproc slow { sleep 0.3; echo later; }
read -r -t 0.01 line <&"${slow[0]}" && echo "bad: too early"
read -r -t 10 line <&"${slow[0]}"
echo "$line"
echo ok
