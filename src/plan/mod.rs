//! Decides what has to be done, and whether it may be: changes, operations, guards.
