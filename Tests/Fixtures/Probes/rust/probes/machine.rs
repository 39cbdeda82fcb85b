//! Processors, addresses, folders and names.
use std::os::unix::fs::MetadataExt;

fn main() {
    let local = Box::new(1);
    println!("{:?}", std::thread::available_parallelism());
    println!("{:p} {:p} {:p}", &local, local, main as *const ());
    println!("{:?}", std::env::vars().collect::<Vec<_>>());
    println!("{:?} {:?}", std::env::current_exe(), std::env::temp_dir());
    std::fs::create_dir("made").unwrap();
    for number in 0..300 {
        std::fs::write(format!("made/{}", number * 7919 % 300), "").unwrap();
    }
    for folder in ["made", "/etc", "/usr"] {
        println!("{:?}", std::fs::read_dir(folder).unwrap().take(12).map(|e| e.unwrap().file_name()).collect::<Vec<_>>());
    }
    let status = std::fs::metadata("made").unwrap();
    println!("{} {} {} {} {}", status.ino(), status.dev(), status.size(), status.blocks(), status.nlink());
}
