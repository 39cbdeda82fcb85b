// Processors, names, limits and folders.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/user"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	fmt.Println(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	host, _ := os.Hostname()
	who, _ := user.Current()
	folder, _ := os.Getwd()
	executable, _ := os.Executable()
	fmt.Println(host, who.Username, who.Uid, who.HomeDir, folder, executable, strings.Join(os.Environ(), " "))
	names, _ := os.ReadDir("/build/names")
	text := ""
	for _, entry := range names {
		text += entry.Name()
	}
	open, _ := os.Open("/build/names")
	raw, _ := open.Readdirnames(-1)
	fmt.Printf("%x %x\n", sha256.Sum256([]byte(text)), sha256.Sum256([]byte(strings.Join(raw, " "))))
	status, _ := os.Stat("/build/names/seed")
	fmt.Println(status.ModTime().UnixNano(), *status.Sys().(*syscall.Stat_t))
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	fmt.Println(limit)
	fmt.Printf("%p\n", main)
}
