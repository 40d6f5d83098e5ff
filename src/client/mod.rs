//! Talks to a Nautes API server: builds requests, sorts replies, decides about retries, sends.
