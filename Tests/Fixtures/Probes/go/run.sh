# Compiles every program in probes/, the last one with C in it, and runs them.
. ./probe.sh
export GO111MODULE=off GOCACHE="$PWD/.cache"
mkdir programs
for source in probes/*.go; do
    name=${source#probes/}
    name=${name%.go}
    go build -o "programs/$name" "$source"
    case $name in
    open-*) open_probe "${name#open-}" "$PWD/programs/$name" ;;
    *) probe "$name" "$PWD/programs/$name" ;;
    esac
done
# `go run` calls the folder of the program, in /tmp, by a number of its own choosing.
probe run go run "$PWD/probes/randoms.go"
cp probes/cgo.txt cgo.go
go build -o programs/cgo cgo.go
probe cgo "$PWD/programs/cgo"
# The compiler's own output: the same program by one job and by many.
probe compiler sh -c 'for jobs in 1 8; do GOCACHE=$PWD/cache$jobs go build -p $jobs -o times$jobs '"$PWD"'/probes/times.go; done
    sha256sum times1 times8; (cd cache1; find . -name "*-d" | sort | xargs sha256sum); go version; go env GOARCH GOAMD64 GOHOSTOS'
