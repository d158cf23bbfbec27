//! What kits say of outputs that a version of theirs has moved.

use kiln_base::RelPath;
use kiln_model::SectionKind;
use semver::Version;

use crate::compose::context::Views;
use crate::compose::outputs::Planner;
use crate::compose::repeat::{Roots, scopes};

/// An output that stands elsewhere since a version of its kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedOutput {
    /// The kit.
    pub kit_id: String,
    /// The first version that has it at the new place.
    pub version: Version,
    /// Where it was.
    pub from: RelPath,
    /// Where it is.
    pub to: RelPath,
}

impl Planner<'_> {
    /// The moves of all kits, older versions first.
    pub(crate) fn moved(&mut self, views: &Views<'_>) -> Vec<MovedOutput> {
        let base = self.base;
        let mut found = Vec::new();
        for (kit, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Changes(changes) = &active.section.kind else { continue };
                let span = changes.version.span;
                for (from, to) in &changes.moved {
                    let roots = Roots::of([from.as_str(), to.as_str()], active);
                    for scope in scopes(base, views, kit, active, &roots, None) {
                        let from = self.path(views, kit, from, &scope, span);
                        let to = self.path(views, kit, to, &scope, span);
                        let Some((from, to)) = from.zip(to) else { continue };
                        found.push(MovedOutput {
                            kit_id: base.kit(kit).id().to_owned(),
                            version: changes.version.value.clone(),
                            from,
                            to,
                        });
                    }
                }
            }
        }
        found.sort_by(|a, b| {
            (&a.kit_id, &a.version, &a.from).cmp(&(&b.kit_id, &b.version, &b.from))
        });
        found
    }
}
