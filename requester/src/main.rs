//! See the library.

fn main() -> std::process::ExitCode {
    requester::main()
}
