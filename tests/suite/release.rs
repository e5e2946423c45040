//! What a release consists of, and how the action and the template come to one: scripts of `release/`, checksums, cache and
//! the way round where a release cannot be had.

#![cfg(all(feature = "cli", feature = "fetch", feature = "junit", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use peerpath::catalog::sha256_hex;

use crate::ci::{ROOT, file, program, script};

const ARCHIVE: &str = "peerpath-0.2.0-x86_64-unknown-linux-musl.tar.gz";

/// One way to come to a peerpath: the script of the action, or of the template.
type Get = fn(&Path, &str) -> Output;

const GETS: [(&str, Get); 2] = [("action", action), ("template", template)];

fn action(folder: &Path, sha256: &str) -> Output {
    let root = folder.join("root").display().to_string();
    let environment = [
        ("BINARY", ""),
        ("VERSION", "0.2.0"),
        ("SHA256", sha256),
        ("ARCHIVE", ARCHIVE),
        ("RELEASES", "https://example.com/releases/download"),
        ("SOURCE", "/source"),
        ("RUNNER_OS", "Linux"),
        ("ROOT", &root),
        ("GITHUB_PATH", "path"),
    ];
    script(&file("action.yml"), "/runs/steps", "Get peerpath", "run", folder, &environment)
}

fn template(folder: &Path, sha256: &str) -> Output {
    let root = folder.join("root").display().to_string();
    let environment = [
        ("VERSION", "0.2.0"),
        ("SHA256", sha256),
        ("REPOSITORY", "https://example.com"),
        ("COMMIT", "0123456789"),
        ("AGENT_OS", "Linux"),
        ("AGENT_OSARCHITECTURE", "X64"),
        ("ROOT", &root),
    ];
    let steps = "/steps/0/${{ if ne(parameters.version, '') }}";
    script(&file("azure-pipelines/peerpath.yml"), steps, "Get peerpath", "bash", folder, &environment)
}

/// A folder with a served archive, its checksum, and stand-ins for curl and cargo that note what they are asked.
fn served() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("bin")).unwrap();
    let inside = at.join(ARCHIVE.trim_end_matches(".tar.gz"));
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("peerpath"), "released").unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(at.join("served")).arg("-C").arg(at).arg(inside.file_name().unwrap());
    assert!(tar.status().unwrap().success());
    let curl = "#!/usr/bin/env bash\nset -eu\necho \"$@\" >>curl.log\n[[ -s served ]] || exit 22\n\
                while [[ $1 != --output ]]; do shift; done\ncp served \"$2\"\n";
    program(at, "curl", curl);
    let cargo = "#!/usr/bin/env bash\nset -eu\necho \"$@\" >>cargo.log\nwhile [[ $1 != --root ]]; do shift; done\n\
                 mkdir -p \"$2/bin\"\necho built >\"$2/bin/peerpath\"\nchmod +x \"$2/bin/peerpath\"\n";
    program(at, "cargo", cargo);
    let sha256 = sha256_hex(&fs::read(at.join("served")).unwrap());
    (folder, sha256)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

#[test]
fn a_release_is_run_whose_checksum_fits() {
    for (name, get) in GETS {
        let (folder, sha256) = served();
        // The second time the cache has it.
        for _ in 0..2 {
            let output = get(folder.path(), &sha256);
            assert!(output.status.success(), "{name}: {output:?}");
            assert_eq!(read(folder.path(), "root/bin/peerpath"), "released", "{name}");
        }
        let asked = read(folder.path(), "curl.log");
        assert_eq!(asked.lines().count(), 1, "{name}: {asked}");
        let address = format!("https://example.com/releases/download/v0.2.0/{ARCHIVE}");
        assert!(asked.trim_end().ends_with(&address) && asked.contains("--proto =https"), "{name}: {asked}");
        assert_eq!(read(folder.path(), "cargo.log"), "", "{name}");
    }
}

#[test]
fn another_checksum_fails_the_step_and_nothing_is_built_instead() {
    for (name, get) in GETS {
        let (folder, sha256) = served();
        let output = get(folder.path(), &"0".repeat(64));
        assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("nothing was run"), "{name}: {output:?}");
        // What the cache brings is held to it too, and does not stay there.
        let cached = folder.path().join("root/cache").join(ARCHIVE);
        assert!(!cached.exists(), "{name}");
        fs::write(&cached, "poisoned").unwrap();
        assert_eq!(get(folder.path(), &sha256).status.code(), Some(2), "{name}");
        assert!(!cached.exists() && !folder.path().join("root/bin/peerpath").exists(), "{name}");
        assert_eq!(read(folder.path(), "cargo.log"), "", "{name}");
    }
}

#[test]
fn what_cannot_be_downloaded_is_built_from_source() {
    for (name, get) in GETS {
        let (folder, sha256) = served();
        fs::remove_file(folder.path().join("served")).unwrap();
        let output = get(folder.path(), &sha256);
        assert!(output.status.success(), "{name}: {output:?}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("cannot be downloaded"),
            "{name}: {output:?}"
        );
        assert_eq!(read(folder.path(), "root/bin/peerpath"), "built\n", "{name}");
        assert!(read(folder.path(), "cargo.log").contains("install --locked"), "{name}");
        // A build is never kept under the key of a release.
        assert_eq!(fs::read_dir(folder.path().join("root/cache")).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn the_key_of_the_cache_tells_what_is_cached() {
    let choose = |version: &str, sha256: &str, os: &str, architecture: &str| {
        let folder = tempfile::tempdir().unwrap();
        let found = folder.path().join("output").display().to_string();
        let environment = [
            ("BINARY", ""),
            ("VERSION", version),
            ("SHA256", sha256),
            ("SOURCE", ROOT),
            ("RUNNER_OS", os),
            ("RUNNER_ARCH", architecture),
            ("GITHUB_OUTPUT", &found),
        ];
        let output = script(&file("action.yml"), "/runs/steps", "Choose", "run", folder.path(), &environment);
        (output.status.code(), read(folder.path(), "output"))
    };
    let sha256 = "a".repeat(64);
    let release = choose("0.2.0", &sha256, "Linux", "X64");
    assert_eq!(release, (Some(0), format!("archive={ARCHIVE}\nkey=peerpath-{ARCHIVE}-{sha256}\n")));
    let source = choose("", "", "Linux", "X64");
    assert!(source.0 == Some(0) && source.1.contains("\nkey=peerpath-source-Linux-X64-"), "{source:?}");
    assert_eq!(choose("", "", "Linux", "X64"), source);
    for (version, sha256, os, architecture) in [
        ("0.2.0", "", "Linux", "X64"),
        ("0.2.0", "A", "Linux", "X64"),
        ("v0.2.0", &sha256, "Linux", "X64"),
        ("0.2.0/../x", &sha256, "Linux", "X64"),
        ("0.2.0", &sha256, "Windows", "X86"),
    ] {
        assert_eq!(choose(version, sha256, os, architecture).0, Some(2), "{version} {sha256} {os}");
    }
}

// --- the scripts of a release -----------------------------------------------------------------------

#[test]
fn scripts_are_strict_and_say_what_they_do() {
    for entry in fs::read_dir(Path::new(ROOT).join("release")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("#!/usr/bin/env bash\n") {
            continue;
        }
        let name = format!("release/{}", path.file_name().unwrap().to_str().unwrap());
        assert!(text.lines().nth(1).unwrap().starts_with(&format!("# {name}")), "{name}");
        assert!(text.contains("\nsource \"$(dirname \"${BASH_SOURCE[0]}\")/common\"\n"), "{name}");
        assert!(Command::new("bash").arg("-n").arg(&path).status().unwrap().success(), "{name}");
    }
    assert!(read(Path::new(ROOT), "release/common").contains("\nset -euo pipefail\n"));
}

/// What the action and the template download is what a release is built for.
#[test]
fn targets_are_those_of_the_compiler_and_of_the_action() {
    let lines = read(Path::new(ROOT), "release/targets");
    let targets: BTreeSet<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    let known = Command::new("rustc").args(["--print", "target-list"]).output().unwrap();
    let known = String::from_utf8(known.stdout).unwrap();
    let known: BTreeSet<&str> = known.lines().collect();
    assert!(targets.is_subset(&known), "{targets:?}");
    for name in ["action.yml", "azure-pipelines/peerpath.yml"] {
        let text = read(Path::new(ROOT), name);
        let named: Vec<&str> =
            text.split(") target=").skip(1).map(|rest| rest.split([' ', '\n']).next().unwrap()).collect();
        assert_eq!(named.len(), 5, "{name}");
        assert!(named.iter().all(|target| targets.contains(target)), "{name}: {named:?}");
    }
}

/// An archive has the same bytes whenever it is packed, holds all that belongs to it, and its checksum is told.
#[test]
fn an_archive_is_whole_and_has_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    let (at, dist) = (folder.path(), folder.path().join("dist"));
    fs::create_dir(at.join("bin")).unwrap();
    program(at, "peerpath", "#!/bin/sh\n");
    let binary = at.join("bin/peerpath").display().to_string();
    let run = |name: &str, arguments: &[&str]| {
        let output = Command::new("bash")
            .arg(Path::new(ROOT).join("release").join(name))
            .args(arguments)
            .env("DIST", &dist)
            // Man page and completions come from the real binary; what is packed does not matter.
            .env("PEERPATH", env!("CARGO_BIN_EXE_peerpath"))
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let pack = |target: &str| {
        run("pack", &[&binary, target]);
        let name = format!("peerpath-{}-{target}", env!("CARGO_PKG_VERSION"));
        let archive = dist.join(format!("{name}.tar.gz"));
        let listed = Command::new("tar").arg("-tzf").arg(&archive).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let listed = listed.lines().filter_map(|line| line.strip_prefix(&format!("{name}/")));
        (sha256_hex(&fs::read(&archive).unwrap()), listed.map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let (sha256, listed) = pack("x86_64-unknown-linux-musl");
    assert_eq!(pack("x86_64-unknown-linux-musl").0, sha256);
    for part in [
        "peerpath",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "man/peerpath.1",
        "completions/peerpath.bash",
        "completions/peerpath.zsh",
    ] {
        assert!(listed.contains(part), "{part}: {listed:?}");
    }
    assert!(pack("x86_64-pc-windows-msvc").1.contains("peerpath.exe"));
    run("checksums", &[]);
    let sums = read(&dist, "SHA256SUMS");
    assert!(sums.lines().count() == 2 && sums.contains(&sha256), "{sums}");
}

/// The image is static, without a shell, and not root's; its compiler is not older than the oldest that is promised.
#[test]
fn the_image_holds_the_binary_alone() {
    let text = read(Path::new(ROOT), "release/Containerfile");
    let last = text.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("scratch\n"), "{last}");
    for line in ["USER 65532:65532", "ENTRYPOINT [\"/usr/local/bin/peerpath\"]"] {
        assert!(last.lines().any(|one| one == line), "{line}");
    }
    assert!(!last.lines().any(|line| line.starts_with("RUN ")));
    assert!(!text.contains(":latest") && !text.lines().any(|line| line.starts_with("ADD ")));
    let manifest = read(Path::new(ROOT), "Cargo.toml");
    let oldest = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert!(text.contains(&format!("ARG RUST={}-alpine\n", oldest.trim_matches('"'))), "{oldest}");
}
