//! `kit.kdl`: what a kit is, needs, gives and writes.

mod capabilities;
mod changes;
mod consistency;
mod domain;
mod header;
mod outputs;
mod sections;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kiln_base::{Diagnostics, Source, Span};
use kiln_model::Manifest;

use crate::context::Context;
use crate::syntax::parse;

/// Decodes the text of a `kit.kdl`. What needs the kit's other files is left to [`crate::check_package`].
///
/// # Errors
/// Every error of the text, in the order of their places. The warnings come with the manifest if there is none.
pub fn decode_manifest(source: Arc<Source>) -> Result<(Manifest, Diagnostics), Diagnostics> {
    let tree = parse(&source);
    let mut cx = Context::new(tree.source, tree.diagnostics);
    if tree.broken {
        return Err(cx.finish());
    }
    let mut manifest = None;
    for node in &tree.nodes {
        if node.name.value != "kit" {
            let message = format!("a manifest holds one `kit`, not `{}`", node.name.value);
            let hint = "it may belong into the block of `kit ID version=\"…\" { … }`";
            cx.report_with("unknown-node", node.name.span, message, hint);
        } else if manifest.is_some() {
            cx.report("duplicate-node", node.name.span, "a manifest holds one `kit`");
        } else {
            manifest = Some(header::kit(&mut cx, node));
        }
    }
    if manifest.is_none() {
        let hint = "write `kit ID version=\"1.0.0\" { … }`";
        cx.report_with("missing-node", Span::new(0, 0), "there is no `kit`", hint);
    }
    let manifest = manifest.flatten();
    if let Some(manifest) = &manifest {
        consistency::check(&mut cx, manifest);
    }
    let diagnostics = cx.finish();
    match manifest {
        Some(manifest) => diagnostics.finish(manifest),
        None => Err(diagnostics),
    }
}
