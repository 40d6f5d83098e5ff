//! `nautform sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use nautform::parse_duration as duration;
use nautform::sandbox::server::Server;
use nautform::sandbox::{Breakdowns, DurationRange, Faults, Options, World};

use crate::exit::Code;
use crate::failure::Result;
use crate::{signals, terminal};

const EXAMPLES: &str = "\
The first line of the output is the server's URL. Ctrl-C ends it.

Example:
  nautform sandbox --listen 127.0.0.1:8000 --data sandbox.json --latency 200ms";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Keep the data in a file
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How long each request takes; a range such as 50ms..2s: drawn anew for each
    #[arg(long, value_parser = range, value_name = "TIME", default_value = "0s")]
    latency: DurationRange,
    /// How long each request to GitLab itself takes
    #[arg(long, value_parser = range, value_name = "TIME", default_value = "0s")]
    gitlab_latency: DurationRange,
    /// How long Kubernetes takes to see a saved cluster
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    sync_lag: Duration,
    /// Check writes as slowly as the real server
    ///
    /// The server asks Kubernetes for each resource of the product, twice for environments and
    /// runtimes: ten questions at once, then five a second.
    #[arg(long)]
    slow_checks: bool,
    /// Let clones collide that start in the same second
    #[arg(long)]
    collisions: bool,
    /// Time between the two clones of a DELETE of a repository or binding
    ///
    /// A time, or a range such as 40ms..3s. Matters with --collisions only: both clones in the same
    /// second are an error. The real server was seen to take from 20ms to seconds.
    #[arg(long, value_parser = range, value_name = "TIME", default_value = "700ms")]
    clone_gap: DurationRange,
    /// How many of a hundred pushes lose a race
    #[arg(long, value_parser = percent, value_name = "PERCENT", default_value = "0")]
    push_conflicts: u8,
    /// How long GitLab takes to delete
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    delete_lag: Duration,
    /// How long GitLab only marks groups and projects before it deletes them
    ///
    /// GitLab 18 keeps what was deleted for 30d by default: a group answers until then, a project
    /// is renamed.
    #[arg(long, value_parser = days, value_name = "TIME", default_value = "0s")]
    deletion_delay: Duration,
    /// How long the refresh of a host occupies the tenant repository
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    host_refresh: Duration,
    /// How many of a hundred requests fail, each in one of many ways
    #[arg(long, value_parser = percent, value_name = "PERCENT", default_value = "0")]
    faults: u8,
    /// Break down as the real server was seen to; repeatable
    ///
    /// PERCENT is the share of the requests that KIND can happen to:
    ///
    /// half-made: POST of a repository. The configuration is pushed, then
    ///   GitLab refuses the deploy keys (500). Sending it again repairs it.
    /// hangs: POST of a repository or binding. It never answers, nor does
    ///   any later one until the server restarts.
    /// dies-in-write: any write. The server crashes after the push.
    /// dies-after-write: any write. The server crashes after its answer.
    /// dies-of-deletes: DELETE of a repository in a project with three or
    ///   more. The server crashes, in 10 of 14 cases before GitLab deleted
    ///   the project. The real one crashed in 39% of such requests.
    /// dies-of-missing-keys: write of a repository or binding in a product
    ///   with a half-made repository. The server crashes after its answer.
    #[arg(long, value_parser = breakdown, value_name = "KIND=PERCENT", verbatim_doc_comment)]
    breakdown: Vec<(Share, u8)>,
    /// How long the server is away after a crash
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "1s")]
    restart: Duration,
    /// Vary what the real server leaves to chance
    ///
    /// The order of products, which of several errors is reported, and the text of a collision.
    #[arg(long)]
    shuffle: bool,
    /// Seed of everything that chance decides
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The only token that is let in; without one, any is
    #[arg(long, env = "NAUTFORM_SANDBOX_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// A token that may read but not write
    ///
    /// GitLab refuses its pushes, and what it would create or delete, with 403.
    #[arg(long, env = "NAUTFORM_SANDBOX_READ_ONLY_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    read_only_token: Option<String>,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let options = options(args);
    let world = World::new(options.clone());
    let server = Server::start(args.listen, world, options, args.data.clone())
        .await
        .with_context(|| format!("cannot start the sandbox at {}", args.listen))?;
    terminal::result(|out| writeln!(out, "{}", server.url()))?;
    signals::wait().await;
    server.shutdown().await.context("cannot save the sandbox's data")?;
    Ok(Code::Success)
}

fn options(args: &Args) -> Options {
    Options {
        latency: args.latency,
        gitlab_latency: args.gitlab_latency,
        sync_lag: args.sync_lag,
        slow_checks: args.slow_checks,
        clone_collisions: args.collisions,
        clone_gap: args.clone_gap,
        push_conflict_percent: args.push_conflicts,
        deletion_lag: args.delete_lag,
        deletion_delay: args.deletion_delay,
        host_refresh: args.host_refresh,
        shuffle: args.shuffle,
        required_token: args.token.clone(),
        read_only_token: args.read_only_token.clone(),
        seed: args.seed,
        faults: Faults { percent: args.faults, ..Faults::default() },
        breakdowns: breakdowns(args),
        ..Options::default()
    }
}

fn breakdowns(args: &Args) -> Breakdowns {
    let mut breakdowns = Breakdowns { restart: args.restart, ..Breakdowns::default() };
    args.breakdown.iter().for_each(|(share, percent)| *share(&mut breakdowns) = *percent);
    breakdowns
}

/// Where the share of a breakdown is.
type Share = fn(&mut Breakdowns) -> &mut u8;

/// What can go wrong in the server itself.
const BREAKDOWNS: [(&str, Share); 6] = [
    ("half-made", |all| &mut all.half_made),
    ("hangs", |all| &mut all.hangs),
    ("dies-in-write", |all| &mut all.dies_in_write),
    ("dies-after-write", |all| &mut all.dies_after_write),
    ("dies-of-deletes", |all| &mut all.dies_of_deletes),
    ("dies-of-missing-keys", |all| &mut all.dies_of_missing_keys),
];

/// A time, or two with `..` between them.
fn range(text: &str) -> std::result::Result<DurationRange, String> {
    let time = |text: &str| duration(text).map_err(|error| error.to_string());
    let Some((shortest, longest)) = text.split_once("..") else { return Ok(time(text)?.into()) };
    let shortest = time(shortest)?;
    let longest = time(longest)?;
    if shortest > longest {
        return Err("the range begins with the longer time".to_owned());
    }
    Ok(DurationRange::new(shortest, longest))
}

/// A time that may have days.
fn days(text: &str) -> std::result::Result<Duration, String> {
    let span = text.parse::<jiff::Span>();
    let time = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()));
    let time = time.map_err(|_| format!("'{text}' is not a time such as 90s, 12h or 30d"))?;
    Duration::try_from(time).map_err(|_| format!("'{text}' is negative"))
}

/// A number from 0 to 100, with or without the sign.
fn percent(text: &str) -> std::result::Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<u8>().ok();
    number.filter(|number| *number <= 100).ok_or_else(|| format!("'{text}' is not from 0 to 100"))
}

fn breakdown(text: &str) -> std::result::Result<(Share, u8), String> {
    let (kind, share) = text.split_once('=').ok_or("expected KIND=PERCENT, such as half-made=10")?;
    let (_, of) = BREAKDOWNS.iter().find(|(name, _)| *name == kind).ok_or_else(|| {
        let kinds = BREAKDOWNS.map(|(name, _)| name);
        format!("unknown kind '{kind}'; expected one of: {}", kinds.join(", "))
    })?;
    Ok((*of, percent(share)?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nautform::sandbox::{Breakdowns, DurationRange};

    use super::{breakdown, days, percent, range};

    #[test]
    fn ranges_are_one_time_or_two() {
        let short = Duration::from_millis(50);
        let long = Duration::from_secs(2);
        assert_eq!(range("50ms").unwrap(), short.into());
        assert_eq!(range("50ms..2s").unwrap(), DurationRange::new(short, long));
        for wrong in ["2s..50ms", "50ms..", "..2s", "50ms-2s", "50ms..1s..2s", "-1s", ""] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn delays_have_days() {
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(days("30d").unwrap(), 30 * day);
        assert_eq!(days("1d 12h").unwrap(), 3 * day / 2);
        assert_eq!(days("0s").unwrap(), Duration::ZERO);
        for wrong in ["1mo", "-1d", "30", ""] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentages_are_from_0_to_100() {
        assert_eq!(percent("5").unwrap(), 5);
        assert_eq!(percent("100%").unwrap(), 100);
        for wrong in ["101", "300", "-1", "0.5", "%", ""] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn breakdowns_have_a_kind_and_a_percentage() {
        let (share, percent) = breakdown("dies-of-deletes=39%").unwrap();
        let mut all = Breakdowns::default();
        *share(&mut all) = percent;
        assert_eq!(all.dies_of_deletes, 39);
        let unknown = breakdown("dies=5").unwrap_err();
        insta::assert_snapshot!(unknown.replace(": ", ":\n"), @r"
        unknown kind 'dies'; expected one of:
        half-made, hangs, dies-in-write, dies-after-write, dies-of-deletes, dies-of-missing-keys
        ");
        let bare = breakdown("hangs").unwrap_err();
        insta::assert_snapshot!(bare, @"expected KIND=PERCENT, such as half-made=10");
        insta::assert_snapshot!(breakdown("hangs=often").unwrap_err(), @"'often' is not from 0 to 100");
    }
}
