//! The command line: arguments, terminal, signals and exit codes around the use cases of the library.

#![warn(clippy::mod_module_files)]

mod agreement;
mod ci_log;
mod commands;
mod completion;
mod environment;
mod events;
mod exit;
mod failure;
mod hints;
mod manual;
mod progress;
mod reading;
mod reporters;
mod signals;
mod terminal;
mod threads;
mod usage;
mod ways;
mod webhook;

use clap::{CommandFactory as _, Parser as _};

use commands::Cli;

/// Plans of large fleets are hundreds of thousands of small values: a plan of 20,000 clusters takes a quarter
/// less time than with the allocator of glibc, and that of musl, in the static release, is slower still.
/// Without huge pages, with which the kernel cleared more memory than is used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match completion::answered(Cli::command) {
        Ok(false) => {}
        Ok(true) => return exit::Code::Success.into(),
        Err(error) => return exit::usage(&error).into(),
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let arguments: Vec<String> =
                std::env::args_os().filter_map(|word| word.into_string().ok()).collect();
            return exit::usage(&usage::with_tip(error, &arguments)).into();
        }
    };
    terminal::set_up(cli.verbose, cli.quiet, cli.color);
    if let Err(error) = threads::start() {
        return failure::fail(error.context("cannot start threads").into());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::fail(anyhow::Error::from(error).context("cannot start").into()),
    };
    let result = runtime.block_on(commands::run(cli));
    runtime.shutdown_background();
    let code = match result {
        Ok(code) => code.into(),
        Err(error) => failure::fail(error),
    };
    // How the run ended counts for more than a report of it; commands whose report fails say so themselves.
    let _ = events::finish();
    code
}
