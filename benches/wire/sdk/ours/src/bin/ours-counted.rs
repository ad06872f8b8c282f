//! The echo server, which says at its end how often it has allocated: that number stands alone on standard error.

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _counting = dhat::Profiler::builder().testing().build();
    wire_ours::serve()?;
    eprintln!("{}", dhat::HeapStats::get().total_blocks);
    Ok(())
}
