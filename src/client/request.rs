//! Builds requests from addresses and specs. Pure: every URL is tested without a network.
