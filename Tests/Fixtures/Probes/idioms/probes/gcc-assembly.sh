# gcc -o x x.s, twice: both programs run, and have the name of a temporary object file in them.
cat >x.s <<'END'
	.globl main
main:
	call zero
	ret
zero:
	xorl %eax, %eax
	ret
	.section .note.GNU-stack,"",@progbits
END
gcc -o x x.s && ./x || echo "bad: the first"
gcc -o y x.s && ./y || echo "bad: the second"
readelf -sW x y | grep -oE 'cc[A-Za-z0-9]{6}\.o' >names
[ "$(wc -l <names)" -eq 2 ] || echo "bad: $(wc -l <names) names"
cat names
sha256sum x y
echo ok
