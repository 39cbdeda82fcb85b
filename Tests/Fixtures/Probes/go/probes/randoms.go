// Random numbers of the kernel's.
package main

import (
	cryptic "crypto/rand"
	"fmt"
	"math/rand"
	"os"
)

func main() {
	bytes := make([]byte, 16)
	cryptic.Read(bytes)
	fmt.Printf("%x\n", bytes)
	fmt.Println(rand.Int(), rand.Int())
	name, _ := os.MkdirTemp(".", "folder")
	_ = name
	device, _ := os.ReadFile("/proc/sys/kernel/random/uuid")
	fmt.Print(string(device))
}
