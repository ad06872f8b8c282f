//! Names the shared library in the way of the one that it is made of.

#[path = "../build.rs"]
mod soname;

fn main() {
    soname::main();
}
