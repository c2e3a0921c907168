//! See the library.

fn main() -> std::process::ExitCode {
    judge::main()
}
