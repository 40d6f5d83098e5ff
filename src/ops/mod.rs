//! The use cases, one file per command, composing the stages of the road.
