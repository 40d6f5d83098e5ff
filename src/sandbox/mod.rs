//! A Nautes API server in a box: the embedded default, the rehearsal, the test double.
