//! The filters, tests and functions that templates have, with the arguments of each. What is not here is refused when
//! a kit is loaded, so that a filter of a later tera changes nothing.

/// Who accounts for what a filter costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// It costs a constant, or is the engine's own and pays by itself.
    Own,
    /// As much as its text is long or its list has items.
    Shallow,
    /// As much as all of its value.
    Deep,
}

/// A filter, test or function.
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// The first so many arguments must be given.
    pub(super) needed: usize,
    pub(super) cost: Cost,
}

const fn word(
    name: &'static str,
    arguments: &'static [&'static str],
    needed: usize,
    cost: Cost,
) -> Word {
    Word { name, arguments, needed, cost }
}

const FILTERS: [Word; 48] = [
    word("snake", &[], 0, Cost::Own),
    word("kebab", &[], 0, Cost::Own),
    word("pascal", &[], 0, Cost::Own),
    word("camel", &[], 0, Cost::Own),
    word("upper_snake", &[], 0, Cost::Own),
    word("quote", &[], 0, Cost::Own),
    word("duration", &[], 0, Cost::Own),
    word("size", &[], 0, Cost::Own),
    word("find", &["key", "get"], 1, Cost::Own),
    word("pluck", &["attribute"], 1, Cost::Own),
    word("position", &["of"], 1, Cost::Own),
    word("imports", &["width", "lang"], 0, Cost::Own),
    word("fit", &["width", "lang"], 0, Cost::Own),
    word("align", &[], 0, Cost::Own),
    word("replace", &["from", "to"], 2, Cost::Own),
    word("join", &["sep"], 0, Cost::Own),
    word("indent", &["width", "first", "blank", "indentation"], 0, Cost::Own),
    word("group_by", &["attribute"], 1, Cost::Own),
    word("unique", &[], 0, Cost::Own),
    word("escape_html", &[], 0, Cost::Own),
    word("escape_xml", &[], 0, Cost::Own),
    word("default", &["value", "boolean"], 1, Cost::Own),
    word("first", &[], 0, Cost::Own),
    word("last", &[], 0, Cost::Own),
    word("nth", &["n"], 1, Cost::Own),
    word("abs", &[], 0, Cost::Own),
    word("round", &["method", "precision"], 0, Cost::Own),
    word("pluralize", &["singular", "plural"], 0, Cost::Own),
    word("get", &["key", "default"], 1, Cost::Own),
    word("upper", &[], 0, Cost::Shallow),
    word("lower", &[], 0, Cost::Shallow),
    word("capitalize", &[], 0, Cost::Shallow),
    word("title", &[], 0, Cost::Shallow),
    word("trim", &["pat"], 0, Cost::Shallow),
    word("trim_start", &["pat"], 0, Cost::Shallow),
    word("trim_end", &["pat"], 0, Cost::Shallow),
    word("truncate", &["length", "end"], 1, Cost::Shallow),
    word("length", &[], 0, Cost::Shallow),
    word("reverse", &[], 0, Cost::Shallow),
    word("split", &["pat"], 1, Cost::Own),
    word("wordcount", &[], 0, Cost::Shallow),
    word("int", &["base"], 0, Cost::Shallow),
    word("float", &[], 0, Cost::Shallow),
    word("keys", &[], 0, Cost::Shallow),
    word("values", &[], 0, Cost::Shallow),
    word("pairs", &[], 0, Cost::Shallow),
    word("sort", &["attribute"], 0, Cost::Deep),
    word("str", &[], 0, Cost::Deep),
];

const TESTS: [Word; 17] = [
    word("defined", &[], 0, Cost::Own),
    word("undefined", &[], 0, Cost::Own),
    word("string", &[], 0, Cost::Own),
    word("number", &[], 0, Cost::Own),
    word("integer", &[], 0, Cost::Own),
    word("float", &[], 0, Cost::Own),
    word("bool", &[], 0, Cost::Own),
    word("array", &[], 0, Cost::Own),
    word("map", &[], 0, Cost::Own),
    word("none", &[], 0, Cost::Own),
    word("iterable", &[], 0, Cost::Own),
    word("odd", &[], 0, Cost::Own),
    word("even", &[], 0, Cost::Own),
    word("divisible_by", &["divisor"], 1, Cost::Own),
    word("starting_with", &["pat"], 1, Cost::Own),
    word("ending_with", &["pat"], 1, Cost::Own),
    word("containing", &["pat"], 1, Cost::Own),
];

const FUNCTIONS: [Word; 2] = [
    word("range", &["end", "start", "step_by"], 1, Cost::Own),
    word("throw", &["message"], 1, Cost::Own),
];

/// What a name in a filter, test or call stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    Filter,
    Test,
    Function,
}

impl WordKind {
    const fn all(self) -> &'static [Word] {
        match self {
            Self::Filter => &FILTERS,
            Self::Test => &TESTS,
            Self::Function => &FUNCTIONS,
        }
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Test => "test",
            Self::Function => "function",
        }
    }

    pub(super) fn find(self, name: &str) -> Option<&'static Word> {
        self.all().iter().find(|word| word.name == name)
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        self.all().iter().map(|word| word.name)
    }
}

/// The filter of a name.
pub(super) fn filter(name: &str) -> Option<&'static Word> {
    WordKind::Filter.find(name)
}

/// What to write instead of a filter that other languages of templates have.
pub(super) fn instead(kind: WordKind, name: &str) -> Option<String> {
    let hint = match name {
        "filter" => "write `[item for item in list if item.field == value]`",
        "map" => "write `[item.field for item in list]`, or `pluck`",
        "concat" => "write `[...one, ...other]`",
        "safe" | "escape" => "nothing is escaped; write the value alone",
        "slugify" => "write `kebab`",
        "json_encode" | "tojson" => "write `quote` for a text",
        "capital" | "title_case" => "write `capitalize`, or the form `title` of a name",
        _ => return None,
    };
    (kind == WordKind::Filter).then(|| hint.to_owned())
}
