//! `docs/reference/cli.md`: every command and option, as clap has them.

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory};
use peerpath::cli::args::Cli;

use super::{GENERATED, cell, expect};

const INTRODUCTION: &str = "\
# Command line

Every command and option. `peerpath COMMAND --help` prints the same, `-h` a summary.

";

#[test]
fn commands_and_options_are_those_of_the_source() {
    let mut command = Cli::command();
    command.build();
    let mut page = format!("{INTRODUCTION}{GENERATED}");
    section(&command, "", &mut page);
    expect("docs/reference/cli.md", &page);
}

fn section(command: &Command, of: &str, page: &mut String) {
    let name = format!("{of}{}", command.get_name());
    *page += &format!("\n## `{name}`\n\n{}\n", described(command.get_long_about().or(command.get_about())));
    let usage = command.clone().render_usage().to_string();
    *page += &format!("\n```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
    let shown = |arg: &&Arg| {
        !arg.is_hide_set()
            && !["help", "version"].contains(&arg.get_id().as_str())
            && (of.is_empty() || !arg.is_global_set())
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(shown).collect();
    if !arguments.is_empty() {
        *page += "\n| argument or option | default | meaning |\n|---|---|---|\n";
    }
    for arg in arguments {
        *page += &row(arg);
    }
    if let Some(after) = command.get_after_long_help().or(command.get_after_help()) {
        *page += &format!("\n```text\n{}\n```\n", after.to_string().trim());
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        section(below, &format!("{name} "), page);
    }
}

fn row(arg: &Arg) -> String {
    let mut names: Vec<String> = Vec::new();
    names.extend(arg.get_short().map(|short| format!("-{short}")));
    names.extend(arg.get_long().map(|long| format!("--{long}")));
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> =
        arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    match names.last_mut() {
        Some(long) if takes_value => *long += &format!(" {}", values.join(" ")),
        Some(_) => {}
        None => names.push(values.join(" ")),
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let default = if takes_value { defaults.join(", ") } else { String::new() };
    let mut meaning = described(arg.get_long_help().or(arg.get_help()));
    let possible = if takes_value { arg.get_possible_values() } else { Vec::new() };
    let listed: Vec<String> = possible
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}`: {help}", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !listed.is_empty() {
        meaning += &format!(". {}", listed.join("; "));
    }
    format!("| {} | {} | {} |\n", cell(&names.join(", ")), cell(&default), cell(&meaning))
}

fn described(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}
