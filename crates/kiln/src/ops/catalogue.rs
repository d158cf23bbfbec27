//! Catalogues of packages as the engine wants them.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Sha256};
use kiln_deps::python::{Catalogue, LockTarget, Request, Requests, closure, normalize};
use kiln_engine::compose::{PackageRequest, PackageUniverse};

/// The catalogue of Python packages.
struct Python(Catalogue);

impl PackageUniverse for Python {
    fn range(&self, package: &str) -> Option<String> {
        self.0.range(package).map(str::to_owned)
    }

    fn nearest(&self, package: &str) -> Option<String> {
        kiln_base::nearest(&normalize(package), self.0.names()).map(str::to_owned)
    }

    fn lock(
        &self,
        project: &str,
        group: &str,
        requests: &[PackageRequest],
    ) -> Result<String, Vec<String>> {
        let items = requests
            .iter()
            .map(|request| Request {
                name: request.name.clone(),
                extras: request.extras.clone(),
                contributed_by: request.contributed_by.clone(),
            })
            .collect();
        let requests = Requests { project: project.to_owned(), items };
        let runtime = group == "runtime";
        let target = LockTarget {
            file_name: if runtime {
                "requirements.lock".to_owned()
            } else {
                format!("requirements-{group}.lock")
            },
            extras: if runtime { Vec::new() } else { vec![group.to_owned()] },
        };
        match closure(&self.0, &requests) {
            Ok(closure) => Ok(closure.render_requirements(&target)),
            Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }
}

/// A catalogue that a lock can name.
pub(crate) struct Named {
    pub(crate) date: String,
    pub(crate) sha256: Sha256,
}

/// The universes of a library, and what the lock says of each.
pub(crate) type Universes = (BTreeMap<String, Arc<dyn PackageUniverse>>, BTreeMap<String, Named>);

/// Reads the catalogues of a library.
pub(crate) fn universes(
    catalogues: &BTreeMap<String, Arc<[u8]>>,
) -> Result<Universes, Diagnostics> {
    let mut all: BTreeMap<String, Arc<dyn PackageUniverse>> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for (ecosystem, bytes) in catalogues.iter().filter(|(ecosystem, _)| *ecosystem == "python") {
        let catalogue = Catalogue::parse(bytes).map_err(|error| {
            Diagnostic::error(
                "catalogue",
                format!("the catalogue `{ecosystem}` is damaged: {error}"),
            )
        })?;
        named.insert(
            ecosystem.clone(),
            Named { date: catalogue.date().to_owned(), sha256: catalogue.sha256() },
        );
        all.insert(ecosystem.clone(), Arc::new(Python(catalogue)));
    }
    Ok((all, named))
}
