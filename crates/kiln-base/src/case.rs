//! Forms of a name (snake, kebab, pascal …) and English plurals, frozen for format 1.

use serde::{Deserialize, Serialize};

/// The words of a name, lower case: split at anything that is no letter or digit, between a lower-case letter or
/// digit and an upper-case letter, and before the last of several upper-case letters that a lower-case one follows
/// (`HTTPServer` is `http server`).
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = at.checked_sub(1).map(|i| chars[i]);
        let starts = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_numeric())
                || (before.is_some_and(char::is_uppercase)
                    && chars.get(at + 1).is_some_and(|n| n.is_lowercase())));
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// All forms of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forms {
    /// As written.
    pub name: String,
    /// `team_member`
    pub snake: String,
    /// `team-member`
    pub kebab: String,
    /// `TeamMember`
    pub pascal: String,
    /// `teamMember`
    pub camel: String,
    /// `TEAM_MEMBER`
    pub upper: String,
    /// `teammember`
    pub flat: String,
    /// `team member`
    pub lower: String,
    /// `Team member`
    pub title: String,
}

impl Forms {
    /// The forms of `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let words = words(name);
        let pascal: String = words.iter().map(|word| capital(word)).collect();
        let camel = words
            .iter()
            .enumerate()
            .map(|(at, word)| if at == 0 { word.clone() } else { capital(word) })
            .collect();
        let lower = words.join(" ");
        Self {
            name: name.to_owned(),
            snake: words.join("_"),
            kebab: words.join("-"),
            upper: words.join("_").to_uppercase(),
            flat: words.concat(),
            title: capital(&lower),
            pascal,
            camel,
            lower,
        }
    }

    /// Form names with their values, `name` first.
    #[must_use]
    pub fn entries(&self) -> [(&'static str, &str); 9] {
        [
            ("name", &self.name),
            ("snake", &self.snake),
            ("kebab", &self.kebab),
            ("pascal", &self.pascal),
            ("camel", &self.camel),
            ("upper", &self.upper),
            ("flat", &self.flat),
            ("lower", &self.lower),
            ("title", &self.title),
        ]
    }
}

const IRREGULAR: [(&str, &str); 16] = [
    ("person", "people"),
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("mouse", "mice"),
    ("analysis", "analyses"),
    ("crisis", "crises"),
    ("basis", "bases"),
    ("criterion", "criteria"),
    ("datum", "data"),
    ("medium", "media"),
    ("index", "indexes"),
    ("quiz", "quizzes"),
    ("leaf", "leaves"),
];

const UNCOUNTABLE: [&str; 10] = [
    "equipment",
    "information",
    "series",
    "species",
    "news",
    "feedback",
    "software",
    "staff",
    "metadata",
    "media",
];

/// The plural of a name's last word, as kebab-case words (`team-member` → `team-members`): the irregular and
/// uncountable words of a fixed list, then -y → -ies, -s -x -z -ch -sh → -es, else -s. The spec may give another.
#[must_use]
pub fn plural(name: &str) -> String {
    let mut words = words(name);
    if let Some(last) = words.last_mut() {
        *last = plural_word(last);
    }
    words.join("-")
}

fn plural_word(word: &str) -> String {
    if UNCOUNTABLE.contains(&word) {
        return word.to_owned();
    }
    if let Some((_, plural)) = IRREGULAR.iter().find(|(singular, _)| *singular == word) {
        return (*plural).to_owned();
    }
    let vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    if let Some(stem) = word.strip_suffix('y')
        && !stem.is_empty()
        && !vowel(stem.chars().last())
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        return format!("{word}es");
    }
    format!("{word}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_names() {
        let all = ["TeamMember", "team-member", "HTTPServer2Go", "a_b", "ÄpfelBaum"]
            .map(|name| Forms::of(name).entries().map(|(_, form)| form.to_owned()).join(" · "));
        insta::assert_snapshot!(all.join("\n"), @"
        TeamMember · team_member · team-member · TeamMember · teamMember · TEAM_MEMBER · teammember · team member · Team member
        team-member · team_member · team-member · TeamMember · teamMember · TEAM_MEMBER · teammember · team member · Team member
        HTTPServer2Go · http_server2_go · http-server2-go · HttpServer2Go · httpServer2Go · HTTP_SERVER2_GO · httpserver2go · http server2 go · Http server2 go
        a_b · a_b · a-b · AB · aB · A_B · ab · a b · A b
        ÄpfelBaum · äpfel_baum · äpfel-baum · ÄpfelBaum · äpfelBaum · ÄPFEL_BAUM · äpfelbaum · äpfel baum · Äpfel baum
        ");
    }

    #[test]
    fn plurals() {
        let all = ["task", "category", "day", "box", "person", "team-member", "news", "status"]
            .map(plural);
        insta::assert_snapshot!(all.join(" "), @"tasks categories days boxes people team-members news statuses");
    }
}
