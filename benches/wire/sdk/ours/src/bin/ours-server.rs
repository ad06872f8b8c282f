//! The echo server. `ours-server [TOOLS]`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    wire_ours::serve()
}
