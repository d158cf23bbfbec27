//! Where outputs stand and whose they are: conflicts of paths, the spec's places and ownership.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use kiln_base::{Diagnostic, RelPath, Span};
use kiln_model::{Ownership, OwnershipWord, SectionKind};

use crate::compose::facts::Base;
use crate::compose::outputs::{Action, Origin, Planner};

/// What kiln itself keeps at a project's root, folded as paths are compared.
const OWN: [&str; 6] =
    ["kiln.kdl", "kiln.lock", "kiln.sum", "kiln.history", ".kiln", ".kiln-vault"];

impl Planner<'_> {
    /// Sorts by path and reports outputs that would stand in one place on some system.
    pub(crate) fn check_paths(&mut self, actions: &mut [Action]) {
        actions.sort_by(|a, b| a.path.cmp(&b.path));
        for action in actions.iter() {
            self.check_own(action);
        }
        let mut folded: BTreeMap<String, usize> = BTreeMap::new();
        for (at, action) in actions.iter().enumerate() {
            if let Some(other) = folded.insert(action.path.fold(), at) {
                self.clash(&actions[other], action);
            }
        }
        for action in actions.iter() {
            let mut parent = action.path.parent();
            while let Some(folder) = parent {
                if let Some(file) = folded.get(&folder.fold()) {
                    let (file, below) = (&actions[*file], action);
                    let message = format!(
                        "`{}` of `{}` is a file, and `{}` of `{}` lies below it",
                        file.path, file.kit_id, below.path, below.kit_id
                    );
                    let problem = Diagnostic::error("path-conflict", message).hint(
                        "leave one of the kits out, or give it options that put the file elsewhere",
                    );
                    self.problems.push(self.at_sources(problem, file, below));
                }
                parent = folder.parent();
            }
        }
    }

    /// An output in the place of the spec, the lock or kiln's folders would take the project's ground away.
    fn check_own(&mut self, action: &Action) {
        let first = action.path.parts().next().unwrap_or_default().to_lowercase();
        if !OWN.contains(&first.as_str()) {
            return;
        }
        let message = format!(
            "`{}` of `{}` would stand where kiln keeps its own",
            action.path, action.kit_id
        );
        let problem = Diagnostic::error("own-file", message).hint("let the kit write another path");
        let package = self.base.kit(action.kit);
        let span = section_of(self.base, action).unwrap_or_else(|| package.manifest.id.span);
        let label = format!("`{}` from `{}`", action.path, action.source);
        self.problems.push(problem.at(&package.source, span, label));
    }

    fn clash(&mut self, a: &Action, b: &Action) {
        let message = if a.path == b.path {
            format!("`{}` and `{}` both write `{}`", a.kit_id, b.kit_id, a.path)
        } else {
            format!(
                "`{}` of `{}` and `{}` of `{}` are one path where case does not count",
                a.path, a.kit_id, b.path, b.kit_id
            )
        };
        let problem = self.at_sources(Diagnostic::error("path-conflict", message), a, b);
        self.problems.push(
            problem
                .hint("leave one of the kits out, or give it options that put the file elsewhere"),
        );
    }

    fn at_sources(&self, mut problem: Diagnostic, a: &Action, b: &Action) -> Diagnostic {
        for action in [a, b] {
            let manifest = self.base.kit(action.kit);
            let section = manifest
                .manifest
                .sections
                .first()
                .map_or_else(Span::default, |section| section.span);
            let span = section_of(self.base, action).unwrap_or(section);
            problem = problem.at(
                &manifest.source,
                span,
                format!("`{}` from `{}`", action.path, action.source),
            );
        }
        problem
    }

    /// Applies the spec's places and ownership; gives what it excludes.
    pub(crate) fn own(&mut self, actions: &mut Vec<Action>) -> Vec<Action> {
        let inputs = self.base.composition.inputs;
        for place in &inputs.places {
            match actions.iter_mut().find(|action| action.home.as_str() == place.from.value) {
                Some(action) => match RelPath::new(&place.to) {
                    Ok(path) => action.path = path,
                    Err(error) => {
                        self.spec_problem("output-path", error.to_string(), place.to.span)
                    }
                },
                None => self.spec_problem(
                    "unknown-output",
                    format!("no kit writes `{}`", place.from.value),
                    place.from.span,
                ),
            }
        }
        if !inputs.places.is_empty() {
            self.check_paths(actions);
        }
        let rules: Vec<(GlobMatcher, OwnershipWord)> = inputs
            .ownership
            .iter()
            .filter_map(|rule| {
                let glob = GlobBuilder::new(&rule.glob).literal_separator(true).build().ok()?;
                Some((glob.compile_matcher(), rule.word))
            })
            .collect();
        let mut excluded = Vec::new();
        actions.retain_mut(|action| {
            match rules.iter().rev().find(|(glob, _)| glob.is_match(action.path.as_str())) {
                Some((_, OwnershipWord::Exclude)) => {
                    excluded.push(action.clone());
                    return false;
                }
                Some((_, OwnershipWord::Owned(ownership)))
                    if !matches!(action.ownership, Ownership::AppendOnly | Ownership::Computed) =>
                {
                    action.ownership = *ownership;
                }
                _ => {}
            }
            true
        });
        excluded
    }

    fn spec_problem(&mut self, id: &'static str, message: String, span: Span) {
        let problem = Diagnostic::error(id, message);
        self.problems.push(crate::compose::options::in_spec(problem, self.base.spec(), span, ""));
    }
}

/// The `files` or `computed` section that an action comes from.
pub(crate) fn section_of(base: &Base<'_>, action: &Action) -> Option<Span> {
    base.active[action.kit].iter().find_map(|active| match &active.section.kind {
        SectionKind::Files(files)
            if action.source.starts_with(&format!("files/{}/", files.folder.value)) =>
        {
            Some(active.section.span)
        }
        SectionKind::Computed(computed)
            if matches!(&action.origin, Origin::Lock { group, .. } if *group == computed.group.value)
                && action.source == format!("catalogue {}", computed.catalogue.value) =>
        {
            Some(active.section.span)
        }
        _ => None,
    })
}
