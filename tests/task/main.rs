//! Tasks: every rule of both forms, the bounds, and both ends talking over connections under virtual time.

mod augmentation;
mod bounds;
mod core;
mod expiry;
mod extension;
mod handle;
mod lifecycle;
mod privacy;
mod random;
mod scene;
mod scenes;
mod schema;
mod stage;
