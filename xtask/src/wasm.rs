//! The browser modules: cargo for wasm32, wasm-bindgen as a library, wasm-opt from npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::run::{cargo, output, run, step};
use crate::site::Profile;
use crate::{paths, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// The workspace of users' own functions: a library, a template and examples.
pub const FUNCTIONS: &str = "udf/Cargo.toml";

/// A crate under `app/` and the name of what it becomes in `pkg/`.
struct Module {
    package: &'static str,
    name: &'static str,
}

/// Loaded in this order: the page, then the viewers when a canvas appears, then the table worker
/// when a result is opened.
const MODULES: [Module; 5] = [
    Module { package: "tenkyu-module-landing", name: "landing" },
    Module { package: "tenkyu-module-portal", name: "portal" },
    Module { package: "tenkyu-module-viewers-webgl2", name: "viewers-webgl2" },
    Module { package: "tenkyu-tables", name: "tables" },
    Module { package: ALONE, name: "viewers-webgpu" },
];

/// Built in a run of its own: in one run cargo would give it the features of the other viewers.
const ALONE: &str = "tenkyu-module-viewers-webgpu";

/// Builds every module into `pkg`. A module whose wasm has not changed is left as it is.
pub fn build(profile: Profile, pkg: &Path) -> Result<()> {
    add_target(TARGET)?;
    step("compiling the browser modules", || {
        let others: Vec<_> =
            MODULES.iter().map(|module| module.package).filter(|name| *name != ALONE).collect();
        compile(&others, profile)?;
        compile(&[ALONE], profile)
    })?;
    tools::install_wasm_opt()?;
    std::thread::scope(|scope| {
        let work = |module| scope.spawn(move || bind(module, profile, pkg));
        let threads: Vec<_> = MODULES.iter().map(work).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(done) => done,
            Err(_) => bail!("binding a module panicked"),
        })
    })
}

/// Builds the examples of users' own functions; the folder with their modules.
pub fn functions() -> Result<PathBuf> {
    add_target(TARGET)?;
    step("compiling the examples of own functions", || {
        run(cargo()
            .args(["build", "--quiet", "--release", "--target", TARGET])
            .args(["--manifest-path", FUNCTIONS])
            .env("CARGO_TARGET_DIR", paths::target()))
    })?;
    Ok(paths::target().join(TARGET).join("release"))
}

fn compile(packages: &[&str], profile: Profile) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["build", "--target", TARGET, "--lib"]);
    for package in packages {
        cargo.args(["-p", package]);
    }
    if profile == Profile::Release {
        cargo.args(["--profile", "wasm-release"]);
    }
    run(&mut cargo)
}

/// Adds a rustup target unless it is there.
pub fn add_target(target: &str) -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    step(&format!("adding the {target} target"), || {
        run(Command::new("rustup").args(["target", "add", target]))
    })
}

fn bind(module: &Module, profile: Profile, pkg: &Path) -> Result<()> {
    let folder = if profile == Profile::Release { "wasm-release" } else { "debug" };
    let input = paths::target()
        .join(TARGET)
        .join(folder)
        .join(format!("{}.wasm", module.package.replace('-', "_")));
    let stamp = Stamp::of(&input, profile, pkg.join(format!(".{}.stamp", module.name)))?;
    if stamp.is_current() && pkg.join(format!("{}_bg.wasm", module.name)).is_file() {
        return Ok(());
    }
    step(&format!("binding {}", module.name), || {
        Bindgen::new()
            .input_path(&input)
            .out_name(module.name)
            .web(true)
            .map_err(|e| anyhow!("{e:#}"))?
            .typescript(false)
            .keep_debug(profile == Profile::Dev)
            .remove_name_section(profile == Profile::Release)
            .generate(pkg)
            .map_err(|e| anyhow!("{e:#}"))
    })?;
    let wasm = pkg.join(format!("{}_bg.wasm", module.name));
    if profile == Profile::Release {
        step(&format!("optimising {}", module.name), || tools::wasm_opt(&wasm))?;
    }
    stamp.write()
}

/// Remembers which input a file was made from.
struct Stamp {
    file: PathBuf,
    text: String,
}

impl Stamp {
    fn of(input: &Path, profile: Profile, file: PathBuf) -> Result<Self> {
        let meta =
            std::fs::metadata(input).with_context(|| format!("cannot find {}", input.display()))?;
        let text = format!("{profile:?} {} {:?}", meta.len(), meta.modified()?);
        Ok(Stamp { file, text })
    }

    fn is_current(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|text| text == self.text)
    }

    fn write(&self) -> Result<()> {
        std::fs::write(&self.file, &self.text)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}
