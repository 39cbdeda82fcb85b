//! Open: which of eight threads comes first, and the number of a process after compilers with threads.
fn main() {
    let order = std::sync::Arc::new(std::sync::Mutex::new(vec![]));
    let threads: Vec<_> = (0..8)
        .map(|name| {
            let order = order.clone();
            std::thread::spawn(move || {
                for _ in 0..200 {
                    order.lock().unwrap().push(name);
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{:?} {}", order.lock().unwrap(), std::process::id());
}
