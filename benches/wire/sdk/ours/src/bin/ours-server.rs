//! The echo server. `ours-server [--tools N] [--progress] [--http PORT]`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    wire_ours::serve()
}
