# Compiles every program in probes/ statically, and one of them a second time with cgo, and runs them.
. ./probe.sh
export GO111MODULE=off GOCACHE="$PWD/.cache"
mkdir programs
for source in probes/*.go; do
    name=${source#probes/}
    name=${name%.go}
    CGO_ENABLED=0 go build -o "programs/$name" "$source"
    case $name in
    open-*) open_probe "${name#open-}" "$PWD/programs/$name" ;;
    *) probe "$name" "$PWD/programs/$name" ;;
    esac
done
cp probes/cgo.txt cgo.go
go build -o programs/cgo cgo.go
probe cgo "$PWD/programs/cgo"
# The compiler's own output: the same packages by one job and by many.
probe compiler sh -c 'for jobs in 1 8; do GOCACHE=$PWD/cache$jobs GOFLAGS=-trimpath CGO_ENABLED=0 go build -p $jobs sort strconv
    GOCACHE=$PWD/cache$jobs CGO_ENABLED=0 go build -p $jobs -o time$jobs '"$PWD"'/probes/times.go; done
    sha256sum time1 time8; (cd cache1; find . -name "*-d" | sort | xargs sha256sum); go version; go env GOARCH GOAMD64 GOHOSTOS'
