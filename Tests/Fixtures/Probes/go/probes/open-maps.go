// Open: the order of maps comes from AT_RANDOM or AES keys, mixed with the processor's time stamps and the scheduler.
package main

import "fmt"

func main() {
	numbers := map[int]string{}
	for i := 0; i < 40; i++ {
		numbers[i] = "x"
	}
	for turn := 0; turn < 3; turn++ {
		for key := range numbers {
			fmt.Print(key, " ")
		}
		fmt.Println()
	}
}
