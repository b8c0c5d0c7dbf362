//! The `kinecho` program.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    kinecho::cli::main()
}
