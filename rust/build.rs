// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Where the linker finds libhcbpf: in HCBPF_LIB_DIR; or where pkg-config says; or where it
//! looks itself. HCBPF_STATIC=1 takes libhcbpf.a.

use std::env;
use std::process::{self, Command};

/// What the crate calls is in this version and later ones.
const OLDEST: &str = "libhcbpf >= 0.2";

fn variable(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn pkg_config(arguments: &[&str]) -> Option<String> {
    let program = variable("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let output = Command::new(program).args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The folder is one argument, so its name may have spaces in it.
fn search(folder: &str) {
    println!("cargo:rustc-link-search=native={folder}");
}

fn find() {
    if let Some(folder) = variable("HCBPF_LIB_DIR") {
        println!("cargo:rerun-if-changed={folder}");
        return search(&folder);
    }
    for name in [
        "PKG_CONFIG_PATH",
        "PKG_CONFIG_LIBDIR",
        "PKG_CONFIG_SYSROOT_DIR",
    ] {
        variable(name);
    }
    if pkg_config(&["--exists", "libhcbpf"]).is_none() {
        return;
    }
    if pkg_config(&["--exists", OLDEST]).is_none() {
        let found = pkg_config(&["--modversion", "libhcbpf"]).unwrap_or_default();
        eprintln!(
            "pkg-config finds libhcbpf {}, and this crate needs {OLDEST}: install that, or \
             name its folder in HCBPF_LIB_DIR",
            found.trim()
        );
        process::exit(1);
    }
    if let Some(folder) = pkg_config(&["--variable=libdir", "libhcbpf"]) {
        search(folder.trim_end());
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    find();
    if variable("HCBPF_STATIC").as_deref() == Some("1") {
        println!("cargo:rustc-link-lib=static=hcbpf");
        println!("cargo:rustc-link-lib=z");
    } else {
        println!("cargo:rustc-link-lib=dylib=hcbpf");
    }
}
