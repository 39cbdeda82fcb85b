# Compiles every program in probes/ and runs it.
. ./probe.sh
mkdir programs
for source in probes/*.rs; do
    name=${source#probes/}
    name=${name%.rs}
    rustc -O --edition 2021 -o "programs/$name" "$source"
    case $name in
    open-*) open_probe "${name#open-}" "$PWD/programs/$name" ;;
    *) probe "$name" "$PWD/programs/$name" ;;
    esac
done
# The compiler's own output: by one job and by many, with its incremental cache, and by cargo.
probe compiler sh -c 'for units in 1 16; do rustc -g -C codegen-units=$units '"$PWD"'/probes/times.rs -o units$units; done
    rustc -C incremental=cache '"$PWD"'/probes/times.rs -o incremental; sha256sum units1 units16 incremental; rustc -vV'
probe cargo sh -c 'cargo init --quiet --vcs none --name probe package 2>&1; cd package; cargo build --release --offline 2>&1 | grep -v Finished
    sha256sum target/release/probe Cargo.lock; cargo build --offline --release -v 2>&1 | grep -c Fresh; ls target/release/deps'
