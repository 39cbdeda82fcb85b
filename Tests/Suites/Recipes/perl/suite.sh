# The core's tests of the language, of input and output, and of the modules that ask the system; a line for each file of tests.
exec 2>&1
sh Configure -des -Dprefix=/usr -Doptimize=-O1
make -j"$BELLJAR_JOBS"
make -j"$BELLJAR_JOBS" test_prep
cd t
timeout 1200 ./perl TEST base/*.t cmd/*.t comp/*.t io/*.t op/*.t run/*.t lib/*.t ../lib/*.t ../lib/File/*.t ../dist/Time-HiRes/t/*.t \
    ../ext/POSIX/t/*.t ../cpan/Socket/t/*.t ../dist/IO/t/*.t ../cpan/File-Temp/t/*.t ../cpan/Archive-Tar/t/*.t ../ext/File-Find/t/*.t \
    ../cpan/IPC-Cmd/t/*.t ../ext/IPC-Open3/t/*.t ../cpan/IPC-SysV/t/*.t ../dist/threads/t/*.t ../dist/Storable/t/*.t ../ext/Fcntl/t/*.t \
    ../cpan/Time-Local/t/*.t ../cpan/Time-Piece/t/*.t ../dist/PathTools/t/*.t ../cpan/File-Path/t/*.t \
    ../ext/SDBM_File/t/*.t ../cpan/Sys-Syslog/t/*.t ../ext/Sys-Hostname/t/*.t ../dist/Safe/t/*.t ../dist/Net-Ping/t/*.t >../said 2>&1 || true
cat ../said
sed -nE -e 's/^([^ ]+) \.+ ?ok$/pass \1/p' -e 's/^([^ ]+) \.+ ?skipped.*/skip \1/p' -e 's/^([^ ]+) \.+ ?FAILED.*/fail \1/p' ../said >"$OUT/results"
