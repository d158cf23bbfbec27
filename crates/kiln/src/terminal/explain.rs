//! Explanations for people: one thing per line, what it is first.
#![expect(clippy::print_stderr, reason = "this is the terminal layer")]

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use kiln_engine::compose::explain::{
    At, ItemOrigin, LineOrigin, MadeFrom, OptionReach, OutputOrigin, RuleOrigin,
};

use crate::ops::{
    About, FactShown, ForeignShown, KeyAnswer, LineAnswer, OtherAnswer, OutputAnswer, Page,
    Standing,
};
use crate::terminal::out;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// More outputs than this are counted, those after the first ones left out.
const LISTED: usize = 40;

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A word that says what follows, and what follows.
fn row(word: &str, text: &str) {
    out(&format!("  {}  {text}\n", styled(CYAN, &format!("{word:<9}"))));
}

fn more(text: &str) {
    out(&format!("    {text}\n"));
}

fn at(place: Option<&At>) -> String {
    place.map_or_else(String::new, |at| {
        format!("  {}", styled(DIM, &format!("{}:{}", at.file, at.line)))
    })
}

fn why(why: Option<&String>) -> String {
    why.map_or_else(String::new, |why| format!(": {why}"))
}

/// Bytes as they are. A closed pipe is no reason to fail.
pub(crate) fn show_bytes(bytes: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("{error}");
    }
}

/// Where something comes from.
pub(crate) fn show_explanation(about: &About) {
    match about {
        About::Output(answer) => output(answer),
        About::Line(answer) => line(answer),
        About::Key(answer) => keys(answer),
        About::Option(reach) => option(reach),
        About::Id(page) => id(page),
        About::Other(answer) => other(answer),
    }
}

fn head(title: &str, standing: Standing) {
    out(&format!("{}  {}\n", styled(BOLD, title), stands(standing)));
}

fn stands(standing: Standing) -> &'static str {
    match standing {
        Standing::Pristine => "as kiln writes it",
        Standing::Outdated => "as kiln wrote it; the next sync changes it",
        Standing::Edited => "edited, and kiln manages it",
        Standing::Customised => "with your changes",
        Standing::Yours => "yours",
        Standing::Conflict => "with markers of a conflict",
        Standing::Missing => "missing",
        Standing::Obstructed => "something that is no plain file stands there",
        Standing::Excluded => "excluded: kiln does not write it",
    }
}

fn output(answer: &OutputAnswer) {
    let origin = &answer.origin;
    head(&origin.path, answer.stands);
    kit(origin);
    if answer.stands == Standing::Excluded {
        row("owner", "you: the spec excludes it");
    } else {
        row("owner", &format!("{}: {}", origin.ownership, owner(&origin.ownership)));
    }
    if let Some(found) = &origin.rule {
        rule(found, &origin.kit_ownership);
    }
    for foreign in &answer.foreign {
        row("foreign", &foreign_text(foreign));
    }
    if let Some(home) = &origin.home {
        row("place", &format!("the kit puts it at {home}; the spec says otherwise"));
    }
    for repeated in &origin.repeated {
        row("once for", &format!("{} {}", repeated.kind, repeated.name));
    }
    if let Some(change) = &origin.change {
        row("step", change);
    }
    made_from(&origin.made_from);
    for merged in &origin.merged {
        row("merged", &format!("{} {}", merged.kit, styled(DIM, &merged.source)));
        made_from(&merged.made_from);
    }
    facts(&answer.facts);
}

fn kit(origin: &OutputOrigin) {
    row("kit", &format!("{} {}", origin.kit, origin.version));
    row("template", &format!("{}{}", origin.source, at(origin.declared.as_ref())));
}

fn owner(ownership: &str) -> &'static str {
    match ownership {
        "managed" => "kiln alone changes it",
        "seeded" => "written once, then yours",
        "append-only" => "written once, never changed",
        "computed" => "worked out from a catalogue; your own entries are kept",
        _ => "kiln and you; changes of both are merged",
    }
}

fn rule(rule: &RuleOrigin, kits: &str) {
    let mut text = format!("{} \"{}\"{}", rule.word, rule.glob, why(rule.why.as_ref()));
    text.push_str(&at(rule.place.as_ref()));
    row("rule", &text);
    if rule.without_effect {
        more(&format!("without effect: what is {kits} stays so"));
    } else if rule.word != kits {
        more(&format!("the kit says {kits}"));
    }
}

fn foreign_text(foreign: &ForeignShown) -> String {
    format!("{}{}{}", foreign.target, why(foreign.why.as_ref()), at(foreign.place.as_ref()))
}

fn made_from(made: &MadeFrom) {
    for part in &made.parts {
        row("part", part);
    }
    for option in &made.options {
        let from = if option.from == "default" { "by default" } else { option.from.as_str() };
        let text = format!(
            "{} = {}  {}{}",
            option.name,
            option.value,
            styled(DIM, from),
            at(option.place.as_ref())
        );
        row("option", &text);
    }
    for slot in &made.slots {
        row("slot", &format!("{}  {}", slot.name, styled(DIM, &format!("of {}", slot.kit))));
        for item in &slot.items {
            more(&item_text(item));
        }
        if slot.items.is_empty() {
            more("empty");
        }
    }
    for input in &made.inputs {
        let value = input.value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let by = input.kit.as_ref().map_or_else(String::new, |kit| {
            format!("  {}", styled(DIM, &format!("a fact of {kit}")))
        });
        row("reads", &format!("{}{value}{by}", input.name));
    }
}

fn item_text(item: &ItemOrigin) -> String {
    let mut text = item.key.clone();
    if let Some(entity) = &item.entity {
        text.push_str(&format!(" of {entity}"));
    }
    let by =
        if item.by == "spec" { "from the spec".to_owned() } else { format!("from {}", item.by) };
    text.push_str(&format!("  {}{}", styled(DIM, &by), at(item.place.as_ref())));
    for (field, file) in &item.parts {
        text.push_str(&format!("  {field}: {file}"));
    }
    text
}

fn facts(facts: &[FactShown]) {
    for fact in facts {
        let digest = fact.sha256.as_ref().map_or("your own file", |digest| &digest[..12]);
        let note = if fact.current { "" } else { "  the render says otherwise now" };
        row("taken in", &format!("{}  {}{note}", fact.part, styled(DIM, digest)));
    }
}

fn line(answer: &LineAnswer) {
    out(&format!("{}\n", styled(BOLD, &format!("{}:{}", answer.path, answer.line))));
    out(&format!("    {}\n", answer.text));
    if answer.yours {
        row("owner", "yours: kiln writes no such line");
        if !answer.instead.is_empty() {
            row("instead", "of what kiln writes there");
            answer.instead.iter().for_each(|line| more(line));
        }
        return;
    }
    row("kit", &answer.kit);
    if answer.stands == Standing::Excluded {
        row("owner", "you: the spec excludes the file");
    }
    let Some(origin) = &answer.origin else { return };
    line_origin(answer, origin);
}

fn line_origin(answer: &LineAnswer, origin: &LineOrigin) {
    if origin.sources.is_empty() && origin.merged.is_empty() {
        row("template", &format!("{}, as a whole", answer.source));
    }
    for source in &origin.sources {
        let lines = if source.line == source.last {
            source.line.to_string()
        } else {
            format!("{}-{}", source.line, source.last)
        };
        let mut text = format!("{}:{lines}", source.file);
        if !source.through.is_empty() {
            text.push_str(&format!("  through {}", source.through.join(", ")));
        }
        row("template", &text);
        if source.line == source.last {
            more(&source.text);
        }
    }
    for (kit, file) in &origin.merged {
        row("merged", &format!("{kit} {}", styled(DIM, file)));
    }
    for printed in &origin.printed {
        row("value", &format!("{} = {}", printed.expression, printed.text));
    }
    for item in &origin.items {
        row("item", &format!("{} {}", item.slot, item_text(item)));
    }
    for repeated in &origin.repeated {
        row("once for", &format!("{} {}", repeated.kind, repeated.name));
    }
}

fn keys(answer: &KeyAnswer) {
    head(&format!("{}#{}", answer.path, answer.key), answer.stands);
    for key in &answer.keys {
        out(&format!("  {}\n", styled(CYAN, &key.key)));
        match (&key.value, &key.render) {
            (Some(value), Some(render)) if value == render => more(&format!("= {value}")),
            (Some(value), Some(render)) => {
                more(&format!("= {value}  {}", styled(DIM, "yours")));
                more(&format!("kiln says {render}"));
            }
            (Some(value), None) => more(&format!("= {value}")),
            (None, Some(render)) => more(&format!("not on the disk; kiln says {render}")),
            (None, None) => {}
        }
        for (kit, file) in &key.from {
            more(&format!("from {kit}  {}", styled(DIM, file)));
        }
        match &key.foreign {
            Some(rule) => more(&format!("yours by the spec: {}", foreign_text(rule))),
            None if key.owner == "yours" => more("yours: no kit says it"),
            None => {}
        }
    }
}

fn option(reach: &OptionReach) {
    out(&format!("{}\n", styled(BOLD, &reach.option)));
    if !reach.help.is_empty() {
        row("help", &reach.help);
    }
    row("declared", at(Some(&reach.declared)).trim_start());
    match &reach.value {
        Some(value) => {
            let from = if reach.given { "the spec" } else { "by default" };
            row("value", &format!("{value}  {}", styled(DIM, from)));
        }
        None if reach.on != "project" => row("set on", &format!("each {}", reach.on)),
        None => row("value", "none: it counts only under a condition that does not hold"),
    }
    if !reach.choices.is_empty() {
        row("choices", &reach.choices.join(", "));
    }
    if reach.outputs.is_empty() {
        row("reaches", "no output");
    }
    for output in reach.outputs.iter().take(LISTED) {
        row("reaches", &format!("{}  {}", output.path, styled(DIM, &output.kit)));
        for through in output.through.iter().filter(|_| !output.direct || output.through.len() > 1)
        {
            more(&format!("by {through}"));
        }
    }
    if reach.outputs.len() > LISTED {
        row(
            "reaches",
            &format!("{} more; --output-format json has all", reach.outputs.len() - LISTED),
        );
    }
    for (pattern, kit) in &reach.others {
        row("may write", &format!("{pattern}  {}", styled(DIM, kit)));
    }
    for kit in &reach.kits {
        row("may need", kit);
    }
}

fn id(page: &Page) {
    out(&format!("{}\n\n{}\n", styled(BOLD, &page.id), page.text));
}

fn other(answer: &OtherAnswer) {
    out(&format!("{}\n", styled(BOLD, &answer.path)));
    row("what", &answer.what);
    if let Some(kit) = &answer.kit {
        row("kit", kit);
    }
    facts(&answer.facts);
}
