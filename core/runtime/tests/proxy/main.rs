//! A proxy between clients and servers of all revisions.

mod asking;
mod endings;
mod eras;
mod limits;
mod stage;
mod telling;
