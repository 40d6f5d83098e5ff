//! Directed graphs and the ready-queue over them. Knows nothing about resources.
