//! What this repository's own tests and benches measure and build besides the public names. Not part of the
//! public interface: anything here may change or go at any time.

#![allow(missing_docs)]

pub mod apply {
    pub use crate::apply::{ApplyOptions, Readings, Run, ServerClock, apply};
}

pub mod config {
    pub use crate::config::{load, resolve};

    pub mod settings {
        pub use crate::config::settings::{Loaded, Move, Thresholds, parse};
    }
}

pub mod live {
    pub mod client {
        pub use crate::live::client::http::{HttpSettings, HttpTransport};
        pub use crate::live::client::retry::RetryPolicy;
        pub use crate::live::client::transport::Sending;
        pub use crate::live::client::{
            Method, Reader, Reply, Request, SendError, Transport, Writer, request,
        };
    }

    pub mod gitlab {
        pub use crate::live::gitlab::GitSource;
    }

    pub mod snapshot {
        pub use crate::live::snapshot::{Collection, Live, MaxAge, RefreshOptions, Snapshot};
    }
}

pub mod model {
    pub use crate::model::error::chain;
    pub use crate::model::graph::{Graph, Schedule};
}

pub mod plan {
    pub use crate::plan::{
        Basis, Coverage, DriftKind, Order, PlanInput, Selection, diff, moves, plan, saved, wanted,
    };
}

pub mod resource {
    pub use crate::resource::{LaneKey, Lanes, Observed, Record, Resource, kinds};

    pub mod schema {
        pub use crate::resource::schema::{Listing, Scope, wire};
    }
}

pub mod session {
    pub use crate::session::export::export;
    pub use crate::session::plan::{PlanOptions, Planned, plan};
    #[cfg(feature = "sandbox")]
    pub use crate::session::rehearse::{Ground, rehearse};
    pub use crate::session::validate::{Input, validate};
}

pub mod state {
    pub use crate::state::http::{HttpDocument, HttpStateSettings};
    pub use crate::state::memory::MemoryStore;
    pub use crate::state::remote::RemoteStore;
    #[cfg(feature = "s3")]
    pub use crate::state::s3::{S3Document, S3Settings};
    pub use crate::state::store::Storing;
    pub use crate::state::{Entry, edit, format};
}
