//! The `kinecho` program.

fn main() -> std::process::ExitCode {
    kinecho::cli::main()
}
