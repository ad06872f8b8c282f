//! Snapshots: what is kept, what is refused, and what no damage can do.

mod damage;
mod kept;
mod rounds;
mod scene;
