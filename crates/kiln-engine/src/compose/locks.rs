//! Dependency locks of the generated project: which packages they hold, and the ranges that manifests state.

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath};
use kiln_model::{Computed, Ownership, SectionKind, Value};

use crate::compose::PackageRequest;
use crate::compose::facts::Base;
use crate::compose::items::Items;
use crate::compose::outputs::{Action, Origin, Planner};
use crate::compose::presence::family;

/// Every computed lock of the project with the kit that declares it.
fn computed<'b>(base: &'b Base<'_>) -> impl Iterator<Item = (usize, &'b Computed)> {
    base.active.iter().enumerate().flat_map(|(kit, sections)| {
        sections.iter().filter_map(move |active| match &active.section.kind {
            SectionKind::Computed(computed) => Some((kit, computed)),
            _ => None,
        })
    })
}

fn slot_of(computed: &Computed) -> Option<(String, String)> {
    let (capability, slot) = computed.from.value.split_once('.')?;
    Some((family(capability).to_owned(), slot.to_owned()))
}

/// Gives each item of a slot of packages its range from the catalogue.
pub(crate) fn add_ranges(base: &Base<'_>, items: &mut Items, problems: &mut Diagnostics) {
    let mut done = Vec::new();
    for (kit, computed) in computed(base) {
        let Some(slot) = slot_of(computed).filter(|slot| !done.contains(slot)) else { continue };
        let Some(universe) = base.composition.universes.get(&computed.catalogue.value) else {
            let known: Vec<&str> = base.composition.universes.keys().map(String::as_str).collect();
            problems.push(
                Diagnostic::error(
                    "unknown-catalogue",
                    format!("no library has a catalogue `{}`", computed.catalogue.value),
                )
                .at(&base.kit(kit).source, computed.catalogue.span, "")
                .hint_if((!known.is_empty()).then(|| format!("catalogues: {}", known.join(", ")))),
            );
            continue;
        };
        for item in items.slots.get_mut(&slot).into_iter().flatten() {
            let name = item.key.as_str().unwrap_or_default();
            // What the catalogue lacks is asked for in any version, and its lock is left to the person.
            let range = universe.range(name).unwrap_or_default();
            item.value = Value::map().merge(&item.value).with("range", range).build();
        }
        done.push(slot);
    }
}

impl Planner<'_> {
    /// The output of a `computed` node.
    pub(crate) fn lock(
        &mut self,
        items: &Items,
        kit: usize,
        computed: &Computed,
        actions: &mut Vec<Action>,
    ) {
        let base = self.base;
        let Some(universe) = base.composition.universes.get(&computed.catalogue.value) else {
            return;
        };
        let views_free = |_: &str| None;
        let path = match base.fill(kit, &computed.path, &views_free) {
            Ok(value) => RelPath::new(value.as_str().unwrap_or_default()),
            Err(unknown) => {
                self.problems.push(base.placeholder_problem(kit, &unknown, computed.path.span));
                return;
            }
        };
        let path = match path {
            Ok(path) => path,
            Err(error) => {
                let problem = Diagnostic::error("output-path", error.to_string());
                self.problems.push(problem.at(&base.kit(kit).source, computed.path.span, ""));
                return;
            }
        };
        let list = slot_of(computed).and_then(|slot| items.slots.get(&slot));
        let request = |item: &crate::compose::items::Item| PackageRequest {
            name: item.key.as_str().unwrap_or_default().to_owned(),
            extras: item
                .value
                .field("extras")
                .and_then(Value::as_list)
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            development: item.value.field("group").and_then(Value::as_str) == Some("dev"),
            contributed_by: item
                .kit
                .map_or_else(|| "the spec".to_owned(), |kit| format!("`{}`", base.kit(kit).id())),
        };
        let mut requests: Vec<PackageRequest> = list.into_iter().flatten().map(request).collect();
        requests.retain(|request| computed.group.value != "runtime" || !request.development);
        let (requests, lacking) =
            requests.into_iter().partition(|request| universe.range(&request.name).is_some());
        let package = base.kit(kit);
        actions.push(Action {
            home: path.clone(),
            path,
            kit,
            kit_id: package.id().to_owned(),
            part: package.id().to_owned(),
            source: format!("catalogue {}", computed.catalogue.value),
            ownership: Ownership::Computed,
            executable: false,
            change: None,
            origin: Origin::Lock {
                universe: Arc::clone(universe),
                group: computed.group.value.clone(),
                requests,
                lacking,
            },
            locals: Vec::new(),
            attached: Vec::new(),
        });
    }
}
