// Time, and waits that really wait.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

func check(name string, began time.Time, least time.Duration) {
	if time.Since(began) >= least {
		fmt.Println(name, "ok")
	} else {
		fmt.Println(name, "bad")
	}
}

func main() {
	now := time.Now()
	fmt.Println(now.UnixNano(), now.Local().Format(time.RFC3339Nano), time.Local)
	began := time.Now()
	time.Sleep(300 * time.Millisecond)
	check("sleep", began, 300*time.Millisecond)
	began = time.Now()
	<-time.After(300 * time.Millisecond)
	check("timer", began, 300*time.Millisecond)
	began = time.Now()
	limited, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	<-limited.Done()
	check("context", began, 300*time.Millisecond)
	os.WriteFile("file", nil, 0o644)
	if status, err := os.Stat("file"); err == nil {
		fmt.Println(status.ModTime().UnixNano(), status.ModTime().After(time.Now()))
	}
}
