//! See the library.

fn main() -> std::process::ExitCode {
    responder::main()
}
