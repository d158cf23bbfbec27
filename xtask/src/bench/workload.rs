//! The workload: kits, a spec, and beside every template what must come out of it, written by other code than kiln's.
//!
//! All of it follows from the number of outputs alone. Of the files, 70 % only substitute values and 30 % have loops,
//! conditions and filters; they are 2 KiB long on average and lie in nested folders. Four kits with a quarter of the
//! files each add items to a slot and keys to a document of a fifth.

use std::fmt::Write as _;

/// How many files lie in one folder.
const PER_FOLDER: usize = 20;
/// How many folders lie in one area.
const PER_AREA: usize = 10;
/// Every which file reads the value that changes, and every which file of the last kit has the line that changes.
const READS_TONE: usize = 100;
/// Of the last kit, which has a quarter of all files.
const IS_REVISED: usize = READS_TONE / 4;
/// The kits that hold the files.
pub(crate) const CONTENT_KITS: [&str; 4] =
    ["bench-north", "bench-east", "bench-south", "bench-west"];
/// The kit whose content changes.
pub(crate) const REVISED_KIT: &str = "bench-west";
/// Outputs of the kit that the others add to.
const SHARED: usize = 2;

const WORDS: [&str; 24] = [
    "account", "balance", "carrier", "delivery", "estimate", "forecast", "gateway", "handler",
    "invoice", "journal", "kernel", "ledger", "manifest", "network", "operator", "policy", "quota",
    "registry", "schedule", "tenant", "upload", "vendor", "window", "zone",
];

/// What can change between two syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// The value that every hundredth output reads is the second one.
    pub(crate) loud: bool,
    /// Every hundredth template has a further line.
    pub(crate) revised: bool,
}

impl State {
    /// As it begins.
    pub(crate) const FIRST: Self = Self { loud: false, revised: false };

    fn tone(self) -> &'static str {
        if self.loud { "loud" } else { "calm" }
    }
}

/// One text file by its path.
pub(crate) struct Text {
    /// Where, with `/`.
    pub(crate) path: String,
    /// What.
    pub(crate) text: String,
}

/// The workload of a size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    /// How many outputs.
    pub(crate) outputs: usize,
}

/// A small generator of numbers that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let below = u64::try_from(below.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % below).unwrap_or_default()
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.next(WORDS.len())]
    }

    fn sentence(&mut self) -> String {
        let words: Vec<&str> = (0..5 + self.next(6)).map(|_| self.word()).collect();
        words.join(" ")
    }
}

/// A template and its render, grown together.
#[derive(Default)]
struct Pair {
    template: String,
    render: String,
}

impl Pair {
    fn both(&mut self, line: &str) {
        for text in [&mut self.template, &mut self.render] {
            text.push_str(line);
            text.push('\n');
        }
    }

    fn line(&mut self, template: &str, render: &str) {
        self.template.push_str(template);
        self.template.push('\n');
        self.render.push_str(render);
        self.render.push('\n');
    }

    fn only_template(&mut self, line: &str) {
        self.template.push_str(line);
        self.template.push('\n');
    }

    fn only_render(&mut self, line: &str) {
        self.render.push_str(line);
        self.render.push('\n');
    }
}

/// What the slot holds, in its order: key, title, weight.
pub(crate) fn entries() -> Vec<(String, String, usize)> {
    let of = |(place, kit): (usize, &&str)| {
        let region = region(kit);
        [1, 2].map(|n| (format!("{region}-{n}"), format!("Desk {n} {region}"), place * 10 + n))
    };
    CONTENT_KITS.iter().enumerate().flat_map(of).collect()
}

/// What a kit's folder of outputs is called.
pub(crate) fn region(kit: &str) -> &str {
    kit.strip_prefix("bench-").unwrap_or(kit)
}

impl Workload {
    /// How many files a kit holds.
    fn files_of(self, kit: usize) -> usize {
        let files = self.outputs.saturating_sub(SHARED);
        files / CONTENT_KITS.len() + usize::from(kit < files % CONTENT_KITS.len())
    }

    /// The spec.
    pub(crate) fn spec(self, state: State) -> String {
        let tone = state.tone();
        let mut spec = String::from("project bench-project {\n    title \"Bench Project\"\n}\n\n");
        spec.push_str("library house path=\"../kits\"\n\nkits {\n    bench-base {\n");
        let _ = writeln!(spec, "        tone {tone}\n    }}");
        CONTENT_KITS.iter().for_each(|kit| {
            let _ = writeln!(spec, "    {kit}");
        });
        spec.push_str("}\n");
        spec
    }

    /// All files of the kits.
    pub(crate) fn kits(self, state: State) -> Vec<Text> {
        let mut texts = base_kit();
        for (place, kit) in CONTENT_KITS.iter().enumerate() {
            texts.push(Text { path: format!("{kit}/kit.kdl"), text: manifest(kit, place) });
            let document =
                format!("{{\n  \"regions\": {{\n    \"{}\": {place}\n  }}\n}}\n", region(kit));
            texts.push(Text {
                path: format!("{kit}/merge/root/config/regions.json"),
                text: document,
            });
            for file in 0..self.files_of(place) {
                let path = format!("{kit}/files/tree/{}", path_of(file));
                texts.push(Text { path, text: pair(place, file, state).template });
            }
        }
        texts
    }

    /// The templates that differ between a state and the one with the other revision, below the kits' folder.
    pub(crate) fn revised(self, state: State) -> Vec<Text> {
        let place = CONTENT_KITS.len() - 1;
        let files = (0..self.files_of(place)).filter(|file| is_revised(place, *file));
        let text = |file| Text {
            path: format!("{REVISED_KIT}/files/tree/{}", path_of(file)),
            text: pair(place, file, state).template,
        };
        files.map(text).collect()
    }

    /// What kiln must write.
    pub(crate) fn expected(self, state: State) -> Vec<Text> {
        let mut texts = shared_outputs();
        for (place, kit) in CONTENT_KITS.iter().enumerate() {
            for file in 0..self.files_of(place) {
                let path = format!("src/{}/{}", region(kit), path_of(file));
                texts.push(Text { path, text: pair(place, file, state).render });
            }
        }
        texts
    }
}

fn path_of(file: usize) -> String {
    let folder = file / PER_FOLDER;
    let ending = ["py", "ts", "md", "txt"][file % 4];
    format!("area_{:03}/group_{:03}/file_{file:06}.{ending}", folder / PER_AREA, folder)
}

fn is_revised(place: usize, file: usize) -> bool {
    CONTENT_KITS[place] == REVISED_KIT && file % IS_REVISED == 3
}

/// A file's template and render.
fn pair(place: usize, file: usize, state: State) -> Pair {
    let region = region(CONTENT_KITS[place]);
    let mut numbers = Numbers(u64::try_from(place * 10_000_000 + file).unwrap_or_default());
    let length = 512 + numbers.next(3072);
    let mut pair = Pair::default();
    pair.line(
        "# {= project.title =} of {= option.region =}",
        &format!("# Bench Project of {region}"),
    );
    if file % READS_TONE == 7 {
        pair.line("# in a {= registry.tone =} tone", &format!("# in a {} tone", state.tone()));
    }
    if state.revised && is_revised(place, file) {
        pair.both("# revised");
    }
    if file % 10 < 3 {
        logic(&mut pair, &mut numbers, region);
    }
    while pair.render.len() < length {
        let word = numbers.word();
        let number = numbers.next(10_000);
        if numbers.next(8) == 0 {
            pair.line(
                &format!(
                    "{word}_{number} = \"{{= project.kebab =}}/{{= option.region =}}/{word}\""
                ),
                &format!("{word}_{number} = \"bench-project/{region}/{word}\""),
            );
        } else {
            pair.both(&format!("{word}_{number} = \"{}\"", numbers.sentence()));
        }
    }
    pair
}

/// A loop, a condition and filters.
fn logic(pair: &mut Pair, numbers: &mut Numbers, region: &str) {
    pair.both("entries = [");
    pair.only_template("{% for entry in registry.entries %}");
    pair.only_template(
        "    ({= entry.name | quote =}, {= entry.weight =}, \"{= entry.title =}\"),",
    );
    pair.only_template("{% endfor %}");
    for (key, title, weight) in entries() {
        pair.only_render(&format!("    (\"{key}\", {weight}, \"{title}\"),"));
    }
    pair.both("]");
    let word = numbers.word();
    pair.only_template("{% if option.verbose %}");
    pair.only_template(&format!("verbose_{word} = True"));
    pair.only_template("{% else %}");
    pair.line(&format!("quiet_{word} = True"), &format!("quiet_{word} = True"));
    pair.only_template("{% endif %}");
    let other = numbers.word();
    let (start, rest) = other.split_at(1);
    pair.line(
        &format!("class {{= \"{word}_{other}\" | pascal =}}{{= option.region | pascal =}}:"),
        &format!("class {}{}{}{}:", capital(word), start.to_uppercase(), rest, capital(region)),
    );
    pair.both("    pass");
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn base_kit() -> Vec<Text> {
    let manifest = r#"kit bench-base version="1.0.0" {
    title "Base of the benchmark"
    summary "A document and a slot that other kits add to"
    layer foundation
    category bench

    option tone default=calm help="what every hundredth output reads" {
        choice calm
        choice loud
    }
    provides registry {
        fact tone "{option.tone}" help="what every hundredth output reads"
        slot entries sort=weight help="desks of all regions" {
            key name
            field title
            field weight default=0
        }
    }
    files root
}
"#;
    let document =
        "{\n  \"project\": \"{= project.kebab =}\",\n  \"regions\": {\n    \"here\": 100\n  }\n}\n";
    let overview = "# {= project.title =}\n\n{% for entry in registry.entries %}\n- {= entry.name =}: {= entry.title =}\n{% endfor %}\n";
    [
        ("bench-base/kit.kdl", manifest),
        ("bench-base/files/root/config/regions.json", document),
        ("bench-base/files/root/overview.md", overview),
    ]
    .map(|(path, text)| Text { path: path.to_owned(), text: text.to_owned() })
    .into()
}

fn shared_outputs() -> Vec<Text> {
    let mut document =
        String::from("{\n  \"project\": \"bench-project\",\n  \"regions\": {\n    \"here\": 100");
    // Kits of one layer are taken by name.
    let mut kits: Vec<(usize, &&str)> = CONTENT_KITS.iter().enumerate().collect();
    kits.sort_by_key(|(_, kit)| **kit);
    for (place, kit) in kits {
        let _ = write!(document, ",\n    \"{}\": {place}", region(kit));
    }
    document.push_str("\n  }\n}\n");
    let mut overview = String::from("# Bench Project\n\n");
    for (key, title, _) in entries() {
        let _ = writeln!(overview, "- {key}: {title}");
    }
    vec![
        Text { path: "config/regions.json".to_owned(), text: document },
        Text { path: "overview.md".to_owned(), text: overview },
    ]
}

fn manifest(kit: &str, place: usize) -> String {
    let region = region(kit);
    let mut items = String::new();
    for n in [1, 2] {
        let weight = place * 10 + n;
        let _ = writeln!(
            items,
            "    add registry.entries {region}-{n} title=\"Desk {n} {region}\" weight={weight}"
        );
    }
    format!(
        r#"kit {kit} version="1.0.0" {{
    title "Files of the benchmark, {region}"
    summary "A quarter of the files"
    layer middleware
    category bench

    requires registry
    option region default={region} help="what every output names"
    option verbose default=#false help="what a condition asks for"
    files tree into="src/{region}"
    merge root
{items}}}
"#
    )
}
