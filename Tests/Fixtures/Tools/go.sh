# toolchain: debian-12-go
# Go: a thousand goroutines, a server on the loopback device and one on a UNIX socket
mkdir -p "$HOME" && export GOCACHE=/tmp/go GOFLAGS=-mod=mod CGO_ENABLED=0 GO111MODULE=off
cat >main.go <<'G'
package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
)

func main() {
	var wait sync.WaitGroup
	var lock sync.Mutex
	sum := 0
	for i := 0; i < 1000; i++ {
		wait.Add(1)
		go func(i int) { defer wait.Done(); lock.Lock(); sum += i; lock.Unlock() }(i)
	}
	wait.Wait()
	var said []byte
	for _, at := range [][2]string{{"unix", "/tmp/socket"}, {"tcp", "localhost:0"}, {"tcp", "[::1]:0"}} {
		listener, err := net.Listen(at[0], at[1])
		if err != nil {
			panic(err)
		}
		go func() { c, _ := listener.Accept(); c.Write([]byte("hello")); c.Close() }()
		c, err := net.Dial(at[0], listener.Addr().String())
		if err != nil {
			panic(err)
		}
		part, _ := io.ReadAll(c)
		said = append(said, part...)
	}
	out, err := exec.Command("echo", "child").Output()
	if err != nil || sum != 499500 || string(said) != "hellohellohello" {
		panic(fmt.Sprint(sum, string(said), err))
	}
	fmt.Print(string(out))
}
G
go build -o program main.go
[ "$(./program)" = child ]
