fn main() {
    println!("hi from rust");
}
