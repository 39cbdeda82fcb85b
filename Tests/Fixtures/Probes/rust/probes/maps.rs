//! The order of hash maps and sets, whose keys are random.
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

fn main() {
    let map: HashMap<i32, i32> = (0..40).map(|i| (i, i)).collect();
    let set: HashSet<String> = (0..20).map(|i| format!("word{i}")).collect();
    println!("{:?}\n{:?}", map.keys().collect::<Vec<_>>(), set);
    println!("{:x}", RandomState::new().build_hasher().finish());
    let joined = std::thread::spawn(|| RandomState::new().build_hasher().finish()).join().unwrap();
    println!("{joined:x}");
}
