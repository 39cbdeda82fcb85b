//! Times, and waits that really wait.
use std::sync::{mpsc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn check(name: &str, began: Instant) {
    println!("{name} {}", if began.elapsed() >= Duration::from_millis(300) { "ok" } else { "bad" });
}

fn main() {
    println!("{:?}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    std::fs::write("file", "text").unwrap();
    let made = std::fs::metadata("file").unwrap();
    println!("{:?} {:?} {:?}", made.modified().unwrap(), made.accessed().unwrap(), made.created().is_ok());
    let wait = Duration::from_millis(300);
    let began = Instant::now();
    std::thread::sleep(wait);
    check("sleep", began);
    let (_sender, receiver) = mpsc::channel::<()>();
    let began = Instant::now();
    println!("{:?}", receiver.recv_timeout(wait));
    check("channel", began);
    let (mutex, condition) = (Mutex::new(()), Condvar::new());
    let began = Instant::now();
    println!("{:?}", condition.wait_timeout(mutex.lock().unwrap(), wait).unwrap().1.timed_out());
    check("condition", began);
}
