//! Which sections of a manifest hold, given options and names: the one place that evaluates `when`, `unless`, `with`.

use std::collections::BTreeMap;

use crate::manifest::{Condition, ConditionKind, Manifest, OptionScope, Section, SectionKind};
use crate::raw::Raw;

/// Values of a kit's options as written, defaults included.
pub type RawOptions = BTreeMap<String, Raw>;

/// Whether an option has the value of a condition. A list has it if it contains it.
fn equal(actual: Option<&Raw>, wanted: &Raw) -> bool {
    match (actual, wanted) {
        (Some(Raw::List(values)), Raw::Text(text)) => values.contains(text),
        (Some(actual), wanted) => actual == wanted,
        (None, _) => false,
    }
}

impl Condition {
    /// Whether its options hold; names are not looked at.
    #[must_use]
    pub fn options_hold(&self, options: &RawOptions) -> bool {
        self.options.iter().all(|(name, value)| equal(options.get(&name.value), &value.value))
    }

    /// Whether it holds as a whole.
    #[must_use]
    pub fn holds(&self, options: &RawOptions, present: &dyn Fn(&str) -> bool) -> bool {
        let all = self.options_hold(options) && self.names.iter().all(|name| present(&name.value));
        match self.kind {
            ConditionKind::When | ConditionKind::With => all,
            ConditionKind::Unless => !all,
        }
    }

    /// Whether it asks only for options, so that it can be decided before the kits are known.
    #[must_use]
    pub fn asks_options_only(&self) -> bool {
        self.names.is_empty()
    }
}

impl Manifest {
    /// The values of the project-wide options: those given, else the defaults. An option under a condition that does
    /// not hold is left out.
    #[must_use]
    pub fn effective_options(&self, given: &RawOptions) -> RawOptions {
        let mut options = RawOptions::new();
        collect_options(&self.sections, given, &mut options, OptionScope::Project);
        options
    }

    /// Calls `visit` with every section that holds by options alone, outermost first; conditions that ask for names
    /// are visited themselves and not entered.
    pub fn visit_by_options<'a>(
        &'a self,
        options: &RawOptions,
        visit: &mut dyn FnMut(&'a Section),
    ) {
        visit_options(&self.sections, options, visit);
    }
}

fn collect_options(
    sections: &[Section],
    given: &RawOptions,
    options: &mut RawOptions,
    scope: OptionScope,
) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) if option.scope == scope => {
                let name = &option.declaration.name.value;
                let value = given.get(name).or(option
                    .declaration
                    .default
                    .as_ref()
                    .map(|default| &default.value));
                if let Some(value) = value {
                    options.insert(name.clone(), value.clone());
                }
            }
            SectionKind::Condition(condition)
                if condition.asks_options_only() && condition.holds(options, &|_| false) =>
            {
                collect_options(&condition.body, given, options, scope);
            }
            _ => {}
        }
    }
}

fn visit_options<'a>(
    sections: &'a [Section],
    options: &RawOptions,
    visit: &mut dyn FnMut(&'a Section),
) {
    for section in sections {
        match &section.kind {
            SectionKind::Condition(condition) if condition.asks_options_only() => {
                if condition.holds(options, &|_| false) {
                    visit_options(&condition.body, options, visit);
                }
            }
            _ => visit(section),
        }
    }
}
