//! Hidden, behind the feature `internal`: the body of the fuzz target. Not covered by any promise of stability.
