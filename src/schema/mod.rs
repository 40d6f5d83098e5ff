//! What a kind's table is made of, and the two translations it drives: manifest to spec, spec to API JSON.
