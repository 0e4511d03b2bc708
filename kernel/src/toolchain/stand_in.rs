//! Stand-ins for `cargo` and `rustup`, found first on the session's PATH.
//!
//! evcxr asks `rustup which cargo` and then runs that cargo for every cell. The
//! stand-ins are this same binary under other names. They do three things and
//! leave the rest to the real programs:
//!
//! - a cell without dependencies is one call of rustc against the prebuilt
//!   runtime: no cargo, no fingerprints, nothing of the runtime is ever rebuilt;
//! - a cell with dependencies goes through cargo, with the runtime passed along;
//! - rust-analyzer, asking for the project's structure, is told of the runtime.

use super::environment::{self, Layout};
use super::{cell_source, compiler_messages, types, withheld, workspace_metadata};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

/// Runs as `cargo` or `rustup` if that is the name this process was started by.
pub(crate) fn run_if_called_so() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let name = PathBuf::from(arguments.next()?);
    let arguments: Vec<OsString> = arguments.collect();
    let outcome = match name.file_name().and_then(OsStr::to_str) {
        Some("cargo") => cargo(&arguments),
        Some("rustup") => rustup(&arguments),
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|error| {
        eprintln!("hxkernel: {error}");
        ExitCode::FAILURE
    }))
}

fn rustup(arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let asked: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let layout = Layout::of_this_session()?;
    match asked[..] {
        [Some("which"), Some("cargo")] => {
            println!("{}", layout.stand_ins().join("cargo").display())
        }
        [Some("which"), Some("rustc")] => println!("{}", layout.rustc().display()),
        _ => return Err(environment::outside("rustup").args(arguments).exec()),
    }
    Ok(ExitCode::SUCCESS)
}

fn cargo(arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let verb = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .find(|it| !it.starts_with('-'));
    match verb {
        Some("build" | "check") if std::env::var_os("RUSTFLAGS").is_some() => {
            // A group of its own, so that an interrupt can end everything below.
            let _ =
                nix::unistd::setpgid(nix::unistd::Pid::from_raw(0), nix::unistd::Pid::from_raw(0));
            compile(arguments, verb == Some("check"))
        }
        Some("metadata") => metadata(arguments),
        _ => Err(real_cargo(arguments)?.exec()),
    }
}

fn real_cargo(arguments: &[OsString]) -> std::io::Result<Command> {
    stand_alone()?;
    let mut cargo = environment::outside(Layout::of_this_session()?.cargo());
    cargo.args(arguments);
    // evcxr and rust-analyzer say which compiler they mean.
    if let Some(rustc) = std::env::var_os("RUSTC") {
        cargo.env("RUSTC", rustc);
    }
    Ok(cargo)
}

/// The session's crate belongs to no workspace, even if its directory lies in one.
fn stand_alone() -> std::io::Result<()> {
    let manifest = Path::new("Cargo.toml");
    let Ok(text) = std::fs::read_to_string(manifest) else {
        return Ok(());
    };
    let cells = Layout::of_this_session()?.cells();
    let is_ours = std::env::current_dir()?.starts_with(cells);
    if is_ours && !text.contains("[workspace]") {
        std::fs::write(manifest, text + "\n[workspace]\n")?;
    }
    Ok(())
}

/// Compiles the cell in the current directory.
fn compile(arguments: &[OsString], check: bool) -> std::io::Result<ExitCode> {
    let source = PathBuf::from("src/lib.rs");
    let layout = Layout::of_this_session()?;
    let whole = withheld::put_back(std::fs::read_to_string(&source)?, &layout);
    let mut adapted = cell_source::adapt(&whole);
    if check {
        cell_source::adapt_analysis(&mut adapted);
    }
    let wants_types = check && types::are_wanted(&layout);
    if wants_types {
        types::ask(&mut adapted);
    }
    std::fs::write(&source, adapted)?;
    let manifest = Manifest::read()?;
    let flags = Flags::new(&layout.runtime());
    if manifest.has_dependencies {
        let mut cargo = real_cargo(arguments)?;
        let mut encoded: Vec<OsString> = std::env::var("RUSTFLAGS")
            .unwrap_or_default()
            .split_whitespace()
            .map(Into::into)
            .collect();
        encoded.extend(flags.0);
        cargo
            .env_remove("RUSTFLAGS")
            .env("CARGO_ENCODED_RUSTFLAGS", encoded.join(OsStr::new("\x1f")));
        let output = show_progress(cargo.stdout(Stdio::piped()), &layout)?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("{}", compiler_messages::adapt(line));
        }
        return Ok(exit_code(&output));
    }
    let mut rustc = environment::outside(layout.rustc());
    // Line tables are what a backtrace names the user's lines by.
    let options = "--crate-name ctx --edition 2024 --crate-type cdylib \
                   --error-format=json --json=diagnostic-rendered-ansi \
                   -Cprefer-dynamic -Cdebuginfo=line-tables-only -Ccodegen-units=1 \
                   -Cdebug-assertions=on -Coverflow-checks=on";
    rustc
        .env("RUST_MIN_STACK", crate::engine::STACK.to_string())
        .args(options.split_whitespace())
        .arg(format!("-Copt-level={}", manifest.optimisation))
        .args(flags.0)
        .arg(&source);
    if wants_types {
        let mut emit = OsString::from("--emit=metadata=target/check.rmeta,mir=");
        emit.push(types::intermediate_code(&layout));
        rustc.arg(emit);
    } else if check {
        rustc.args(["--emit=metadata", "-o", "target/check.rmeta"]);
    } else {
        let cell = std::env::current_dir()?.join("target/cell/libctx.so");
        std::fs::create_dir_all(cell.parent().unwrap_or(Path::new(".")))?;
        if let Some(file) = std::env::var_os(environment::CELL_PATH_FILE) {
            std::fs::write(file, cell.as_os_str().as_encoded_bytes())?;
        }
        rustc.arg("-o").arg(cell);
    }
    let output = rustc.stdout(Stdio::inherit()).output()?;
    if let Some(death) = compiler_messages::death(output.status) {
        eprintln!("{death}");
    }
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        eprintln!("{}", compiler_messages::adapt(line));
    }
    Ok(exit_code(&output))
}

/// What rustc needs to know of the runtime, and of this dialect's rules.
struct Flags(Vec<OsString>);

impl Flags {
    fn new(runtime: &Path) -> Flags {
        let mut extern_flag = OsString::from("--extern=pynn=");
        extern_flag.push(runtime.join("libpynn.so"));
        let mut dependencies = OsString::from("-Ldependency=");
        dependencies.push(runtime.join("deps"));
        // A forgotten `?` must not be a silent no-op.
        Flags(vec![extern_flag, dependencies, "-Dunused_must_use".into()])
    }
}

/// The part of the session's Cargo.toml that matters for a cell.
struct Manifest {
    optimisation: String,
    has_dependencies: bool,
}

impl Manifest {
    fn read() -> std::io::Result<Manifest> {
        let text = std::fs::read_to_string("Cargo.toml")?;
        let manifest: toml::Table = text.parse().map_err(std::io::Error::other)?;
        let optimisation = manifest
            .get("profile")
            .and_then(|profiles| profiles.get("dev"))
            .and_then(|profile| profile.get("opt-level"))
            .map_or_else(
                || "0".to_owned(),
                |level| level.to_string().trim_matches('"').to_owned(),
            );
        let has_dependencies = manifest
            .get("dependencies")
            .and_then(toml::Value::as_table)
            .is_some_and(|dependencies| !dependencies.is_empty());
        Ok(Manifest {
            optimisation,
            has_dependencies,
        })
    }
}

/// Answers `cargo metadata`, with the runtime among the dependencies of the session's crate.
fn metadata(arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let layout = Layout::of_this_session()?;
    let mut cargo = real_cargo(arguments)?;
    let answer = show_progress(cargo.stdout(Stdio::piped()), &layout)?;
    let code = exit_code(&answer);
    let text = workspace_metadata::with_runtime(&answer.stdout, &layout.runtime())
        .unwrap_or(answer.stdout);
    std::io::stdout().write_all(&text)?;
    Ok(code)
}

/// Runs cargo; what it says about downloading and compiling dependencies is also
/// shown under the cell, since it may take minutes.
fn show_progress(cargo: &mut Command, layout: &Layout) -> std::io::Result<Output> {
    let mut child = cargo.stderr(Stdio::piped()).spawn()?;
    let said = child.stderr.take().map(BufReader::new);
    let screen = layout.directory().join(Layout::STDERR);
    let relay = std::thread::spawn(move || {
        for line in said
            .into_iter()
            .flat_map(|said| said.split(b'\n'))
            .map_while(Result::ok)
        {
            let text = String::from_utf8_lossy(&line);
            let progress = ["Downloading", "Downloaded", "Compiling"];
            let word = text.split_whitespace().next().unwrap_or_default();
            // The crate of the cell itself is no news.
            if progress.contains(&word) && !text.contains("Compiling ctx ") {
                let screen = std::fs::OpenOptions::new().write(true).open(&screen);
                let _ =
                    screen.and_then(|mut screen| screen.write_all(format!("{text}\n").as_bytes()));
            }
            eprintln!("{text}");
        }
    });
    let output = child.wait_with_output();
    let _ = relay.join();
    output
}

fn exit_code(output: &Output) -> ExitCode {
    let code = output
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}
