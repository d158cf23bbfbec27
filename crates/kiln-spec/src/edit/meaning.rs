//! What an edit means: the same change on decoded data, against which every splice of the text is held.

use kiln_base::{Source, Span, Spanned};
use kiln_model::{
    Confirm, Entity, Foreign, KitRequest, Member, OwnershipRule, Place, Raw, Spec, Without,
};
use semver::VersionReq;

use super::{Edit, Renamed};

/// A spec without places and without the order that means nothing: that of kits and of their options.
pub(super) fn of(mut spec: Spec) -> Spec {
    spec.source = Source::new("", "");
    spec.inputs.source = None;
    spec.inputs.adds.iter_mut().for_each(|add| add.span = Span::default());
    spec.libraries.iter_mut().for_each(|library| library.span = Span::default());
    spec.kits.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    for kit in &mut spec.kits {
        kit.options.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
    }
    spec.without.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    spec.inputs.places.sort_by(|a, b| a.from.value.cmp(&b.from.value));
    spec.inputs.foreign.sort_by(|a, b| a.target.value.cmp(&b.target.value));
    spec
}

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn is(name: &str) -> impl Fn(&Spanned<String>) -> bool {
    move |other| other.value == name
}

/// Makes the edit. What it names and the spec does not have is given back as an error, in words.
pub(super) fn apply(edit: &Edit, spec: &mut Spec) -> Result<(), String> {
    match edit {
        Edit::AddRule { .. }
        | Edit::ChangeRule { .. }
        | Edit::ChangeGlob { .. }
        | Edit::RemoveRule { .. } => rule(edit, &mut spec.inputs.ownership),
        Edit::SetForeign { target, why } => {
            let all = &mut spec.inputs.foreign;
            match all.iter_mut().find(|foreign| is(target)(&foreign.target)) {
                Some(foreign) => foreign.why = why.clone(),
                None => all.push(Foreign { target: at(target.clone()), why: why.clone() }),
            }
            Ok(())
        }
        Edit::RemoveForeign { target } => {
            let found = spec.inputs.foreign.iter().position(|other| is(target)(&other.target));
            take(&mut spec.inputs.foreign, found, || format!("key `{target}` of yours"))
        }
        Edit::Move { from, to } => {
            relocate(from, to, &mut spec.inputs.places);
            Ok(())
        }
        Edit::AddKit { .. }
        | Edit::RemoveKit { .. }
        | Edit::SetRange { .. }
        | Edit::SetOption { .. }
        | Edit::UnsetOption { .. } => kit(edit, &mut spec.kits),
        Edit::SetWithout { id, why } => {
            match spec.without.iter_mut().find(|without| is(id)(&without.id)) {
                Some(without) => without.why = why.clone(),
                None => spec.without.push(Without { id: at(id.clone()), why: why.clone() }),
            }
            Ok(())
        }
        Edit::RemoveWithout { id } => {
            let found = spec.without.iter().position(|other| is(id)(&other.id));
            take(&mut spec.without, found, || format!("`without {id}`"))
        }
        Edit::AddConfirm { text, after } => {
            spec.confirms.push(Confirm { text: at(text.clone()), after: at(after.clone()) });
            Ok(())
        }
        Edit::RemoveConfirm { text, after } => {
            let found = spec
                .confirms
                .iter()
                .position(|other| is(text)(&other.text) && is(after)(&other.after));
            take(&mut spec.confirms, found, || format!("`confirm` of `{text}`"))
        }
        Edit::SetWas { item, was } => renamed(item, was.as_deref(), spec),
    }
}

fn take<T>(
    all: &mut Vec<T>,
    found: Option<usize>,
    what: impl Fn() -> String,
) -> Result<(), String> {
    all.remove(found.ok_or_else(what)?);
    Ok(())
}

fn rule(edit: &Edit, rules: &mut Vec<OwnershipRule>) -> Result<(), String> {
    let missing = |index: &usize| format!("rule of ownership number {}", index + 1);
    match edit {
        Edit::AddRule { word, glob, why } => {
            rules.push(OwnershipRule { word: *word, glob: at(glob.clone()), why: why.clone() });
        }
        Edit::ChangeRule { at, word, why } => {
            let rule = rules.get_mut(*at).ok_or_else(|| missing(at))?;
            rule.word = *word;
            rule.why.clone_from(why);
        }
        Edit::ChangeGlob { at, glob } => {
            rules.get_mut(*at).ok_or_else(|| missing(at))?.glob.value.clone_from(glob);
        }
        Edit::RemoveRule { at } => {
            let found = (*at < rules.len()).then_some(*at);
            take(rules, found, || missing(at))?;
        }
        _ => {}
    }
    Ok(())
}

/// Where the kit puts what stands at `path`.
pub(super) fn home<'p>(path: &'p str, places: &'p [Place]) -> &'p str {
    places.iter().find(|place| is(path)(&place.to)).map_or(path, |place| &place.from.value)
}

fn relocate(from: &str, to: &str, places: &mut Vec<Place>) {
    let home = home(from, places).to_owned();
    match places.iter().position(|place| is(&home)(&place.from)) {
        Some(index) if home == to => {
            places.remove(index);
        }
        Some(index) => places[index].to = at(to.to_owned()),
        None if home == to => {}
        None => places.push(Place { from: at(home), to: at(to.to_owned()) }),
    }
}

fn kit(edit: &Edit, kits: &mut Vec<KitRequest>) -> Result<(), String> {
    let missing = |id: &str| format!("kit `{id}`");
    let index = |kits: &[KitRequest], id: &str| kits.iter().position(|kit| is(id)(&kit.id));
    match edit {
        Edit::AddKit { id, range, from, options } => kits.push(KitRequest {
            id: at(id.clone()),
            range: range.as_deref().map(read_range).transpose()?,
            from: from.clone().map(at),
            options: options
                .iter()
                .map(|(name, value)| (at(name.clone()), at(as_read(value))))
                .collect(),
        }),
        Edit::RemoveKit { id } => {
            let found = index(kits, id);
            take(kits, found, || missing(id))?;
        }
        Edit::SetRange { kit, range } => {
            let found = index(kits, kit).ok_or_else(|| missing(kit))?;
            kits[found].range = range.as_deref().map(read_range).transpose()?;
        }
        Edit::SetOption { kit, option, value } => {
            let found = index(kits, kit).ok_or_else(|| missing(kit))?;
            let options = &mut kits[found].options;
            match options.iter_mut().find(|(name, _)| is(option)(name)) {
                Some((_, old)) => old.value = as_read(value),
                None => options.push((at(option.clone()), at(as_read(value)))),
            }
        }
        Edit::UnsetOption { kit, option } => {
            let found = index(kits, kit).ok_or_else(|| missing(kit))?;
            let options = &mut kits[found].options;
            let set = options.iter().position(|(name, _)| is(option)(name));
            take(options, set, || format!("option `{option}` of `{kit}`"))?;
        }
        _ => {}
    }
    Ok(())
}

fn read_range(text: &str) -> Result<Spanned<VersionReq>, String> {
    VersionReq::parse(text).map(at).map_err(|_| format!("versions `{text}`"))
}

/// A list of one text reads as the text.
fn as_read(value: &Raw) -> Raw {
    match value {
        Raw::List(texts) if texts.len() == 1 => Raw::Text(texts[0].clone()),
        other => other.clone(),
    }
}

fn renamed(item: &Renamed, was: Option<&str>, spec: &mut Spec) -> Result<(), String> {
    let modules = &mut spec.inputs.modules;
    let was = was.map(|was| at(was.to_owned()));
    if let Renamed::Module(name) = item {
        let module = modules.iter_mut().find(|module| is(name)(&module.name));
        module.ok_or_else(|| format!("module `{name}`"))?.was = was;
        return Ok(());
    }
    let (Renamed::Entity(name) | Renamed::Member { entity: name, .. } | Renamed::Module(name)) =
        item;
    let mut entities = modules.iter_mut().flat_map(|module| &mut module.entities);
    let entity: &mut Entity =
        entities.find(|entity| is(name)(&entity.name)).ok_or_else(|| format!("entity `{name}`"))?;
    let Renamed::Member { column, .. } = item else {
        entity.was = was;
        return Ok(());
    };
    let member = entity
        .members
        .iter_mut()
        .find(|member| member.column() == *column)
        .ok_or_else(|| format!("`{column}` in `{name}`"))?;
    match member {
        Member::Field(field) => field.was = was,
        Member::BelongsTo(relation) => relation.was = was,
    }
    Ok(())
}
