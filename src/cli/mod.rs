//! The command line: one file a subcommand.

mod bench;
mod capture_layout;
#[cfg(feature = "learn")]
mod classify;
mod corpus;
#[cfg(feature = "learn")]
mod demo;
mod describe;
mod guide;
mod import;
mod input;
mod kinds;
#[cfg(feature = "learn")]
mod learn;
mod motion;
mod pose_to_signal;
mod progress;
mod reference;
#[cfg(feature = "learn")]
mod run;
mod simulate;
mod view;

pub use input::Changes;
pub use kinds::FileKind;
pub use simulate::SceneRun;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use progress::Bars;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use tracing_subscriber::filter::LevelFilter;

/// Turns human motion into radio signals, pairs them with text, and recognises activities never seen in training.
#[derive(Parser)]
#[command(name = "kinecho", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole pipeline on embedded input and write an HTML report.
    #[cfg(feature = "learn")]
    Demo(demo::DemoArgs),
    /// Run an experiment: simulate, pre-train, adapt, evaluate, report.
    #[cfg(feature = "learn")]
    Run(run::RunArgs),
    /// Train a new model on corpora.
    #[cfg(feature = "learn")]
    Pretrain(learn::TrainArgs),
    /// Train a checkpoint further: low-rank adapters or everything, on one corpus or a mixture.
    #[cfg(feature = "learn")]
    Finetune(learn::TrainArgs),
    /// Ask a checkpoint zero- and few-shot questions about a corpus.
    #[cfg(feature = "learn")]
    Evaluate(learn::EvaluateArgs),
    /// Say what is done in a recording, among any labels.
    #[cfg(feature = "learn")]
    Classify(classify::ClassifyArgs),
    /// Simulate one scene and write what its sensor gives: an FMCW radar's IF cube, a CW radar's I/Q, pictures, points.
    Simulate(simulate::SimulateArgs),
    /// Show a scene, a recording or a corpus in the browser: bodies in the room and what sensors measure, under one clock.
    View(view::ViewArgs),
    /// Build, check and look at corpora.
    #[command(subcommand)]
    Corpus(corpus::CorpusCommand),
    /// Turn real recordings into a corpus.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Look at motions and check them.
    #[command(subcommand)]
    Motion(motion::MotionCommand),
    /// Simulate the radar from recorded joints and compare with the recorded points, frame by frame (MARS).
    PoseToSignal(pose_to_signal::PoseToSignalArgs),
    /// Write the five attribute sentences of a label.
    Describe(describe::DescribeArgs),
    /// Compare the engines with golden signals.
    Reference(reference::ReferenceArgs),
    /// Measure how fast frames are simulated on this machine.
    Bench(bench::BenchArgs),
    /// List what there is by name: motions, activities, presets, materials, files that come with the program, data sets, models.
    List(guide::list::ListArgs),
    /// Write a settings file to begin with, and its schema for editors.
    New(guide::new::NewArgs),
    /// Print the JSON Schema of settings files.
    Schema(guide::schema::SchemaArgs),
    /// Say what this machine and this program have: cores, memory, instructions, features; and simulate a frame as a check.
    Doctor,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
struct Global {
    /// Print results as JSON on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Only errors; no progress.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// More detail; twice for all of it.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Number of worker threads; by default one a core.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Global {
    /// Progress as these options ask for it.
    fn progress(&self) -> Bars {
        Bars::new(self.quiet)
    }
}

/// Writes a line to stdout; a closed pipe ends quietly.
fn print_line(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a line to stderr. One that is closed or full takes nothing down with it: what is being computed matters more.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Runs the program and returns its exit code: 0 ok, 1 failed, 2 usage, 3 partial.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// The same with the program's name and its arguments. Usage errors and `--help` end the process, as they do at the command line.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let as_json = arguments.iter().any(|argument| argument == "--json");
    let parsed = command().try_get_matches_from(&arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            if as_json && error.use_stderr() {
                failure(&error.to_string(), 2);
            }
            error.exit()
        }
    };
    start_log(&cli.global);
    last_word(cli.command.goes_on());
    if let Some(threads) = cli.global.threads
        && let Err(e) = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()
    {
        tell(&format!("error: cannot start {threads} threads: {e}"));
        return ExitCode::FAILURE;
    }
    match run(cli.command, &cli.global) {
        Ok(code) => code,
        Err(error) => {
            let text = told(&error);
            if cli.global.json {
                failure(&text, 1);
            }
            tell(&format!("error: {text}"));
            ExitCode::FAILURE
        }
    }
}

/// The command line with examples below the help of each command.
pub fn command() -> clap::Command {
    guide::examples::with_examples(Cli::command())
}

/// Says as JSON what went wrong: whoever asked for JSON reads standard output.
fn failure(text: &str, code: u8) {
    let text = text.trim_end();
    // A reader that hung up gets nothing, and the exit code stands.
    let _ = print_line(&serde_json::json!({"error": text, "exit_code": code}).to_string());
}

/// On Ctrl-C: what is left, and how it goes on. Whatever is written is whole at any moment, as after a kill.
fn last_word(goes_on: &'static str) {
    let told = ctrlc::set_handler(move || {
        tell(&format!("\nstopped: {goes_on}"));
        std::process::exit(130);
    });
    if let Err(error) = told {
        // Somebody else handles it: the process ends as they say.
        tracing::debug!("no last word on Ctrl-C: {error}");
    }
}

impl Command {
    /// What becomes of work that is stopped.
    fn goes_on(&self) -> &'static str {
        match self {
            #[cfg(feature = "learn")]
            Self::Demo(_) | Self::Run(_) => "the same command, with -o and the folder of the run, goes on where it was",
            #[cfg(feature = "learn")]
            Self::Pretrain(_) | Self::Finetune(_) => {
                "the same command with --resume and -o goes on from the last checkpoint"
            }
            Self::Corpus(corpus::CorpusCommand::Build(_)) => "the same command goes on with the next shard",
            Self::View(_) => "the page is gone; --export writes one that stays",
            _ => "no file is left half written; the same command begins anew",
        }
    }
}

/// An error and its causes, each once: many errors tell their cause themselves.
pub fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn run(command: Command, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        #[cfg(feature = "learn")]
        Command::Demo(args) => demo::run(&args, global),
        #[cfg(feature = "learn")]
        Command::Run(args) => run::run(&args, global),
        #[cfg(feature = "learn")]
        Command::Pretrain(args) => learn::pretrain(&args, global),
        #[cfg(feature = "learn")]
        Command::Finetune(args) => learn::finetune(&args, global),
        #[cfg(feature = "learn")]
        Command::Evaluate(args) => learn::evaluate(&args, global),
        #[cfg(feature = "learn")]
        Command::Classify(args) => classify::run(&args, global),
        Command::Simulate(args) => simulate::run(&args, global),
        Command::Corpus(command) => corpus::run(&command, global),
        Command::Import(command) => import::run(&command, global),
        Command::Motion(command) => motion::run(&command, global),
        Command::PoseToSignal(args) => pose_to_signal::run(&args, global),
        Command::Describe(args) => describe::run(&args, global),
        Command::Reference(args) => reference::run(&args, global),
        Command::Bench(args) => bench::run(&args, global),
        Command::View(args) => view::run(&args, global),
        Command::List(args) => guide::list::run(&args, global),
        Command::New(args) => guide::new::run(&args, global),
        Command::Schema(args) => guide::schema::run(&args),
        Command::Doctor => guide::doctor::run(global),
        Command::Completions { shell } => {
            // Into memory first: a reader that hangs up early is no error, and the generator would panic.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut self::command(), "kinecho", &mut script);
            print_line(String::from_utf8_lossy(&script).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn start_log(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (_, 0) => LevelFilter::WARN,
        (_, 1) => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false).init();
}
