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
//!
//! Cargo takes settings from the current directory and those above it, so it is
//! started where there are none, and told where the manifest is. For a cell without
//! dependencies it does not even see the user's own settings, of which it needs nothing.

use super::environment::{self, Layout};
use super::{
    cell_source, compiler_messages, dependency_library, elided, preloaded, records, statics,
    type_identity, variable_types, withdrawn, workspace_metadata,
};
use crate::definitions::Externals;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

/// What cargo does to a crate, with a manifest.
const MANIFEST_VERBS: [&str; 6] = [
    "build",
    "check",
    "clean",
    "metadata",
    "rustc",
    "locate-project",
];

/// Runs as `cargo` or `rustup` if that is the name this process was started by.
pub(crate) fn run_if_called_so() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let name = PathBuf::from(arguments.next()?);
    let arguments: Vec<OsString> = arguments.collect();
    let outcome = match name.file_name().and_then(OsStr::to_str) {
        Some("cargo") => cargo(&arguments),
        Some("rustup") => rustup(&arguments),
        Some(environment::RUSTC_WRAPPER) => rustc_within_cargo(&name, &arguments),
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
        _ => return Err(environment::compiler("rustup").args(arguments).exec()),
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

/// The real cargo for the crate in the current directory, started elsewhere.
fn real_cargo(arguments: &[OsString]) -> std::io::Result<Command> {
    stand_alone()?;
    let layout = Layout::of_this_session()?;
    let here = std::env::current_dir()?;
    let mut cargo = environment::compiler(layout.cargo());
    cargo.current_dir(environment::NEUTRAL);
    // Nothing is wrapped, whatever the user's own settings say.
    for wrapper in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        if std::env::var_os(wrapper).is_none() {
            cargo.env(wrapper, "");
        }
    }
    for directory in ["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"] {
        if let Some(relative) = std::env::var_os(directory) {
            cargo.env(directory, here.join(relative));
        }
    }
    if here.starts_with(layout.cells()) {
        if !Manifest::read().is_ok_and(|manifest| manifest.has_dependencies) {
            needs_no_settings(&mut cargo, &layout);
        } else {
            environment::with_former_umask(&mut cargo);
            if is_offline() {
                cargo.env("CARGO_NET_OFFLINE", "true");
            }
        }
    }
    let takes_manifest = |one: &OsString| MANIFEST_VERBS.iter().any(|verb| one == verb);
    let verb = arguments.iter().position(takes_manifest);
    let (verb, rest) = arguments.split_at(verb.map_or(0, |at| at + 1));
    cargo.args(verb);
    let is_named = |one: &OsString| one.as_encoded_bytes().starts_with(b"--manifest-path");
    if !verb.is_empty() && !rest.iter().any(is_named) {
        cargo.arg("--manifest-path").arg(here.join("Cargo.toml"));
    }
    cargo.args(rest);
    Ok(cargo)
}

/// A crate that consists of itself is understood without registries, so nothing that is
/// wrong with the user's settings for them can be in its way.
fn needs_no_settings(cargo: &mut Command, layout: &Layout) {
    for (name, _) in std::env::vars_os() {
        let is_setting = name.as_encoded_bytes().starts_with(b"CARGO_");
        let is_place = name == "CARGO_TARGET_DIR" || name == "CARGO_BUILD_BUILD_DIR";
        if is_setting && !is_place {
            cargo.env_remove(name);
        }
    }
    cargo
        .env("CARGO_HOME", layout.cargo_home())
        .env("CARGO_NET_OFFLINE", "true");
}

/// Whether `:offline 1` was said, which evcxr writes beside the manifest.
fn is_offline() -> bool {
    let settings = std::fs::read_to_string(".cargo/config.toml").unwrap_or_default();
    let settings: toml::Table = settings.parse().unwrap_or_default();
    let net = settings.get("net").and_then(|net| net.get("offline"));
    net.and_then(toml::Value::as_bool).unwrap_or(false)
}

/// The session's crate belongs to no workspace, even if its directory lies in one; and it
/// depends on no crate that was undone.
fn stand_alone() -> std::io::Result<()> {
    let manifest = Path::new("Cargo.toml");
    let Ok(text) = std::fs::read_to_string(manifest) else {
        return Ok(());
    };
    let layout = Layout::of_this_session()?;
    if !std::env::current_dir()?.starts_with(layout.cells()) {
        return Ok(());
    }
    let mut adapted = withdrawn::leave_out(&text, &layout.withdrawn()).unwrap_or(text.clone());
    if !adapted.contains("[workspace]") {
        adapted += "\n[workspace]\n";
    }
    if adapted != text {
        std::fs::write(manifest, adapted)?;
    }
    Ok(())
}

/// Compiles the cell in the current directory.
fn compile(arguments: &[OsString], check: bool) -> std::io::Result<ExitCode> {
    let layout = Layout::of_this_session()?;
    if !check && layout.bookkeeping().exists() {
        // Nobody will load it.
        std::fs::write(compiled_cell()?, "")?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = PathBuf::from("src/lib.rs");
    let whole = elided::put_back(std::fs::read_to_string(&source)?, &layout);
    let mut adapted = cell_source::adapt(&whole);
    if check {
        cell_source::adapt_analysis(&mut adapted);
    }
    let wants_types = check && variable_types::are_wanted(&layout);
    if wants_types {
        variable_types::ask(&mut adapted);
    }
    std::fs::write(&source, adapted)?;
    stand_alone()?;
    let manifest = Manifest::read()?;
    let flags = Flags::new(&layout.runtime());
    if manifest.has_dependencies {
        forget_last_cell();
        let mut cargo = real_cargo(arguments)?;
        let mut encoded: Vec<OsString> = std::env::var("RUSTFLAGS")
            .unwrap_or_default()
            .split_whitespace()
            .map(Into::into)
            .collect();
        encoded.extend(flags.0);
        cargo
            .env_remove("RUSTFLAGS")
            .env("CARGO_ENCODED_RUSTFLAGS", encoded.join(OsStr::new("\x1f")))
            .env(
                "RUSTC_WRAPPER",
                layout.stand_ins().join(environment::RUSTC_WRAPPER),
            );
        let output = show_progress(cargo.stdout(Stdio::piped()), &layout)?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("{}", compiler_messages::adapt(line));
        }
        return Ok(exit_code(&output));
    }
    let mut rustc = environment::compiler(layout.rustc());
    // Line tables are what a backtrace names the user's lines by.
    let options = "--crate-name ctx --edition 2024 --crate-type cdylib \
                   --error-format=json --json=diagnostic-rendered-ansi \
                   -Cprefer-dynamic -Cdebuginfo=line-tables-only -Ccodegen-units=1 \
                   -Cdebug-assertions=on -Coverflow-checks=on";
    rustc
        .env("RUST_MIN_STACK", environment::STACK.to_string())
        .args(options.split_whitespace())
        .arg(format!("-Copt-level={}", manifest.optimisation))
        .args(flags.0)
        .args(preloaded::flags(&layout.runtime(), |_| false))
        .arg(&source);
    if wants_types {
        let mut emit = OsString::from("--emit=metadata=target/check.rmeta,mir=");
        emit.push(variable_types::intermediate_code(&layout));
        rustc.arg(emit);
    } else if check {
        rustc.args(["--emit=metadata", "-o", "target/check.rmeta"]);
    } else {
        rustc.arg("-o").arg(compiled_cell()?);
    }
    rustc.stdout(Stdio::inherit());
    let output = match check {
        true => rustc.output()?,
        false => compile_cell(&mut rustc, &source, &layout, &Externals::new())?,
    };
    if let Some(death) = compiler_messages::death(output.status) {
        eprintln!("{death}");
    }
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        eprintln!("{}", compiler_messages::adapt(line));
    }
    Ok(exit_code(&output))
}

/// Makes cargo compile the cell whatever the clock says. Cargo tells by times whether a
/// source has changed, and after the clock was set back it would run the last cell again.
fn forget_last_cell() {
    let below = |directory: &Path| std::fs::read_dir(directory).into_iter().flatten().flatten();
    for target in below(Path::new("target")) {
        for build in below(&target.path().join("debug/.fingerprint")) {
            if build.file_name().as_encoded_bytes().starts_with(b"ctx-") {
                let _ = std::fs::remove_dir_all(build.path());
            }
        }
    }
}

/// The file a cell is compiled to; evcxr is told of it.
fn compiled_cell() -> std::io::Result<PathBuf> {
    let cell = std::env::current_dir()?.join("target/cell/libctx.so");
    std::fs::create_dir_all(cell.parent().unwrap_or(Path::new(".")))?;
    if let Some(file) = std::env::var_os(environment::CELL_PATH_FILE) {
        std::fs::write(file, cell.as_os_str().as_encoded_bytes())?;
    }
    Ok(cell)
}

/// Compiles a cell such that its types and statics are those of earlier cells if they are the
/// same.
fn compile_cell(
    rustc: &mut Command,
    source: &Path,
    layout: &Layout,
    externals: &Externals,
) -> std::io::Result<Output> {
    rustc.args(statics::FLAGS);
    let text = std::fs::read_to_string(source)?;
    let generations: statics::Generations = records::read(&layout.statics()).unwrap_or_default();
    let mut compile = || {
        // Further arguments come with the last call only, so that none is to be taken back.
        type_identity::compile(source, &layout.types(), externals, &mut |further| {
            rustc.args(further).output()
        })
    };
    let Some(shared) = statics::share(&text, &generations, externals) else {
        return compile();
    };
    std::fs::write(source, &shared.text)?;
    let output = compile();
    std::fs::write(source, &text)?;
    let output = output?;
    if !output.status.success() && shared.is_spoken_of(&output) {
        // As it was written: what is wrong there is told with its columns.
        return compile();
    }
    Ok(output)
}

/// Stands for rustc where cargo calls it. The crate of a cell is compiled as without cargo.
/// A crate in a directory of the user's may have changed since it was compiled last; cargo
/// compiles it anew only then, so what it compiles is a crate of its own.
fn rustc_within_cargo(own_name: &Path, arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let [rustc, arguments @ ..] = arguments else {
        return Err(std::io::Error::other("cargo names no compiler"));
    };
    let mut rustc = Command::new(rustc);
    rustc.args(arguments);
    let Some(name) = value_of(arguments, "--crate-name") else {
        return Err(rustc.exec());
    };
    // The session's environment does not reach here.
    let layout = own_name.ancestors().nth(3).map(Layout::new);
    let layout = layout.ok_or_else(|| std::io::Error::other("the stand-in was moved"))?;
    let directory = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let is_link = arguments.iter().any(|it| {
        it.to_string_lossy().starts_with("--emit=") && it.to_string_lossy().contains("link")
    });
    if name == "ctx" && Path::new(&directory).starts_with(layout.cells()) {
        let externals = dependency_library::externals(arguments);
        // A crate that is given twice is no crate to rustc.
        let known = |name: &str| externals.contains_key(name);
        rustc.args(preloaded::flags(&layout.runtime(), known));
        if !is_link {
            if variable_types::are_wanted(&layout) {
                let mut emit = OsString::from("--emit=mir=");
                emit.push(variable_types::intermediate_code(&layout));
                rustc.arg(emit);
            }
            return Err(rustc.exec());
        }
        let source = Path::new(&directory).join("src/lib.rs");
        let libraries = dependency_library::libraries_for(
            &dependency_library::Call {
                rustc: rustc.get_program(),
                arguments,
                externals: &externals,
                local: &local_crates(Path::new(&directory))?,
            },
            &layout.dependencies(),
        )?;
        rustc.args(dependency_library::flags(
            &libraries,
            &layout.dependencies(),
        ));
        let mut file = std::fs::OpenOptions::new().append(true).open(&source)?;
        file.write_all(dependency_library::items(&libraries).as_bytes())?;
        drop(file);
        let output = compile_cell(&mut rustc, &source, &layout, &externals)?;
        std::io::stdout().write_all(&output.stdout)?;
        std::io::stderr().write_all(&output.stderr)?;
        return Ok(exit_code(&output));
    }
    let is_published = ["/registry/src/", "/git/checkouts/"]
        .iter()
        .any(|place| directory.to_string_lossy().contains(place));
    if !is_published && !directory.is_empty() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        rustc.arg(format!(
            "-Cmetadata={:x}",
            now.unwrap_or_default().as_nanos()
        ));
    }
    Err(rustc.exec())
}

/// Names of the crates that a manifest takes from directories.
fn local_crates(directory: &Path) -> std::io::Result<BTreeSet<String>> {
    let manifest: toml::Table = std::fs::read_to_string(directory.join("Cargo.toml"))?
        .parse()
        .map_err(std::io::Error::other)?;
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let local = dependencies.into_iter().flatten();
    Ok(local
        .filter(|(_, dependency)| dependency.get("path").is_some())
        .map(|(name, _)| name.replace('-', "_"))
        .collect())
}

/// The argument after a flag.
fn value_of<'a>(arguments: &'a [OsString], flag: &str) -> Option<&'a OsStr> {
    let mut rest = arguments.iter().skip_while(|it| *it != flag);
    rest.nth(1).map(OsString::as_os_str)
}

/// What rustc needs to know of the runtime, and of this dialect's rules.
struct Flags(Vec<OsString>);

impl Flags {
    fn new(runtime: &Path) -> Flags {
        let mut extern_flag = OsString::from("--extern=pynn=");
        extern_flag.push(runtime.join("libpynn.so"));
        let mut dependencies = OsString::from("-Ldependency=");
        dependencies.push(runtime.join("deps"));
        Flags(vec![
            extern_flag,
            dependencies,
            // A forgotten `?` must not be a silent no-op.
            "-Dunused_must_use".into(),
            // A call of `macro_rules! say { … => { println!(…); } }` may end a cell.
            "-Asemicolon_in_expressions_from_macros".into(),
        ])
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
    let text = if std::env::current_dir()?.starts_with(layout.cells()) {
        workspace_metadata::with_runtime(&answer.stdout, &layout.runtime())
    } else if !answer.status.success() {
        library_metadata(arguments, &layout)?
    } else {
        None
    };
    let code = match text {
        Some(_) => ExitCode::SUCCESS,
        None => exit_code(&answer),
    };
    std::io::stdout().write_all(&text.unwrap_or(answer.stdout))?;
    Ok(code)
}

/// The structure of the standard library without the crates it is made with. rust-analyzer
/// infers no type if it learns nothing of the library, and those crates are only to be had
/// where there is a network, and a home of cargo that can be written.
fn library_metadata(arguments: &[OsString], layout: &Layout) -> std::io::Result<Option<Vec<u8>>> {
    let mut cargo = real_cargo(arguments)?;
    cargo.arg("--no-deps");
    needs_no_settings(&mut cargo, layout);
    let answer = cargo.output()?;
    Ok(workspace_metadata::of_members(&answer.stdout))
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
