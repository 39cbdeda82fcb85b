// Open: which of two ready channels select takes, which goroutine comes first, where it allocates, and the number of a
// process after compilers with many threads, which take numbers too.
package main

import (
	"fmt"
	"os"
)

func main() {
	local := 0
	fmt.Printf("%p %d\n", &local, os.Getpid())
	a, b, done := make(chan int, 100), make(chan int, 100), make(chan int)
	for i := 0; i < 50; i++ {
		a <- i
		b <- -i
	}
	for i := 0; i < 60; i++ {
		select {
		case x := <-a:
			fmt.Print(x, " ")
		case x := <-b:
			fmt.Print(x, " ")
		}
	}
	for i := 0; i < 40; i++ {
		go func(i int) { done <- i }(i)
	}
	for i := 0; i < 40; i++ {
		fmt.Print(<-done, " ")
	}
	fmt.Println()
}
