# Who and where.
id; whoami; groups; hostname; hostname -f; hostname -d; uname -a; nproc; nproc --all; tty; pwd -P; umask; ulimit -a
getconf -a | sort; who; logname; locale; arch; hostid
