//! What nautform remembers between runs, where it keeps it, and who may write it.
