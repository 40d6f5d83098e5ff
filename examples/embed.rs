//! Plans a directory of manifests against a sandbox, as a program that embeds nautform does.

use nautform::{ConnectOptions, Mode, OpenOptions, Permissions, PlanRequest, Session, SessionError};

/// What an apply would do, one object on a line, and whether it may.
pub(crate) async fn plan(directory: &str) -> Result<String, SessionError> {
    let connection = ConnectOptions { sandbox: Some(String::new()), ..ConnectOptions::default() };
    let session = Session::open(OpenOptions { connection, ..OpenOptions::new(directory) })?;
    let proposal = session.plan(&PlanRequest::new(Mode::Apply)).await?;
    let lines = proposal.plan.changing().map(|change| format!("{:?} {}\n", change.action, change.address));
    let approval = match proposal.plan.approve(&Permissions::default()) {
        Ok(_) => "It may be applied.\n".to_owned(),
        Err(refusals) => format!("{refusals}\n"),
    };
    Ok(lines.chain([approval]).collect())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    std::io::Write::write_all(&mut std::io::stdout(), plan(&directory).await?.as_bytes())?;
    Ok(())
}
