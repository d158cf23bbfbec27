//! What edits make of texts, by example and over many texts at random.

mod corpus;
mod dressed;
mod random;

use kiln_base::Source;
use kiln_model::{Ownership, OwnershipWord, Raw};

use super::{Edit, Renamed, edit};

const MERGED: OwnershipWord = OwnershipWord::Owned(Ownership::Merged);
const SEEDED: OwnershipWord = OwnershipWord::Owned(Ownership::Seeded);

fn rule(word: OwnershipWord, glob: &str) -> Edit {
    Edit::AddRule { word, glob: glob.to_owned(), why: None }
}

fn kit(id: &str) -> Edit {
    Edit::AddKit { id: id.to_owned(), range: None, from: None, options: Vec::new() }
}

fn text(value: &str) -> Raw {
    Raw::Text(value.to_owned())
}

fn set(kit: &str, option: &str, value: Raw) -> Edit {
    Edit::SetOption { kit: kit.to_owned(), option: option.to_owned(), value }
}

fn moved(from: &str, to: &str) -> Edit {
    Edit::Move { from: from.to_owned(), to: to.to_owned() }
}

/// The text after the edits, or what is wrong.
fn after(text: &str, edits: &[Edit]) -> String {
    match edit(&Source::new("kiln.kdl", text), edits) {
        Ok(text) => text,
        Err(errors) => errors.to_string(),
    }
}

const SPEC: &str = r#"// My shop.
project shop { title "Shop" }

kits {
  auth-jwt ">=1.2"   // pinned, see #12
  // the shop itself
  store { theme dark }
}

ownership {
  seeded "docs/**" why="ours"
}
"#;

#[test]
fn a_rule_goes_behind_the_others() {
    insta::assert_snapshot!(after(SPEC, &[Edit::AddRule {
        word: MERGED,
        glob: "app/[[]id].tsx".to_owned(),
        why: Some("say \"no\"".to_owned()),
    }]), @r#"
    // My shop.
    project shop { title "Shop" }

    kits {
      auth-jwt ">=1.2"   // pinned, see #12
      // the shop itself
      store { theme dark }
    }

    ownership {
      seeded "docs/**" why="ours"
      merged "app/[[]id].tsx" why="say \"no\""
    }
    "#);
}

#[test]
fn the_block_of_ownership_comes_and_goes() {
    for spec in
        ["project shop", "project shop\n", "project shop\r\n// end\r\n", "project shop;\n\n"]
    {
        let with = after(spec, &[rule(MERGED, "a"), rule(OwnershipWord::Exclude, "b")]);
        assert_eq!(with.contains("\r\n"), spec.contains("\r\n"));
        assert_eq!(with.ends_with('\n'), spec.ends_with('\n'));
        let without = after(&with, &[Edit::RemoveRule { at: 1 }, Edit::RemoveRule { at: 0 }]);
        assert_eq!(without, if spec.ends_with("\n\n") { "project shop;\n" } else { spec });
    }
    insta::assert_snapshot!(after("project shop", &[rule(MERGED, "a")]), @r#"
    project shop

    ownership {
        merged "a"
    }
    "#);
}

#[test]
fn a_rule_changes_where_it_stands() {
    let spec = "project shop\nownership { seeded \"a\" /* b */ why=\"x\"; exclude \"c\" }\n";
    let change = |why: Option<&str>| {
        after(spec, &[Edit::ChangeRule { at: 0, word: MERGED, why: why.map(str::to_owned) }])
    };
    insta::assert_snapshot!(change(Some("y")), @r#"
    project shop
    ownership { merged "a" /* b */ why="y"; exclude "c" }
    "#);
    insta::assert_snapshot!(change(None), @r#"
    project shop
    ownership { merged "a" /* b */; exclude "c" }
    "#);
    insta::assert_snapshot!(after(spec, &[Edit::RemoveRule { at: 1 }, rule(SEEDED, "d")]), @r#"
    project shop
    ownership { seeded "a" /* b */ why="x"; seeded "d" }
    "#);
    insta::assert_snapshot!(after(spec, &[Edit::RemoveRule { at: 7 }]), @"error[edit-nothing]: the spec has no rule of ownership number 8");
    insta::assert_snapshot!(after(spec, &[Edit::ChangeGlob { at: 1, glob: "e".to_owned() }]), @r#"
    project shop
    ownership { seeded "a" /* b */ why="x"; exclude "e" }
    "#);
}

#[test]
fn kits_go_in_order() {
    let options = vec![("ttl".to_owned(), text("15m")), ("on".to_owned(), Raw::Bool(true))];
    let billing = Edit::AddKit {
        id: "billing".to_owned(),
        range: Some("^1".to_owned()),
        from: None,
        options,
    };
    insta::assert_snapshot!(after(SPEC, &[billing, kit("admin"), kit("worker")]), @r#"
    // My shop.
    project shop { title "Shop" }

    kits {
      admin
      auth-jwt ">=1.2"   // pinned, see #12
      billing "^1" {
        ttl "15m"
        on #true
      }
      // the shop itself
      store { theme dark }
      worker
    }

    ownership {
      seeded "docs/**" why="ours"
    }
    "#);
    let unsorted = "project shop\nkits { store; auth-jwt; }";
    assert_eq!(
        after(unsorted, &[kit("billing")]),
        "project shop\nkits { store; auth-jwt; billing; }"
    );
    let one_line = "project shop\nkits { auth-jwt; store }";
    assert_eq!(after(one_line, &[kit("a-kit")]), "project shop\nkits { a-kit; auth-jwt; store }");
    assert_eq!(
        after(one_line, &[kit("billing")]),
        "project shop\nkits { auth-jwt; billing; store }"
    );
    assert_eq!(after(one_line, &[kit("zoo")]), "project shop\nkits { auth-jwt; store; zoo }");
    assert_eq!(
        after("project shop\nkits {}\n", &[kit("zoo")]),
        "project shop\nkits {\n    zoo\n}\n"
    );
    let none = "project shop\nkits {\n  // none yet\n}\n";
    assert_eq!(after(none, &[kit("zoo")]), "project shop\nkits {\n  // none yet\n  zoo\n}\n");
    assert_eq!(after("project shop", &[kit("zoo")]), "project shop\n\nkits {\n    zoo\n}");
}

#[test]
fn kits_go_with_their_line() {
    let remove = |spec: &str, id: &str| after(spec, &[Edit::RemoveKit { id: id.to_owned() }]);
    insta::assert_snapshot!(remove(SPEC, "auth-jwt"), @r#"
    // My shop.
    project shop { title "Shop" }

    kits {
      // the shop itself
      store { theme dark }
    }

    ownership {
      seeded "docs/**" why="ours"
    }
    "#);
    let one_line = "project shop\nkits { a1; b2; c3 }";
    assert_eq!(remove(one_line, "a1"), "project shop\nkits { b2; c3 }");
    assert_eq!(remove(one_line, "b2"), "project shop\nkits { a1; c3 }");
    assert_eq!(remove(one_line, "c3"), "project shop\nkits { a1; b2 }");
    assert_eq!(remove("project shop\nkits { a1 }", "a1"), "project shop\nkits { }");
    insta::assert_snapshot!(remove(SPEC, "stoer"), @"error[edit-nothing]: the spec has no kit `stoer`");
}

#[test]
fn options_and_versions_of_a_kit() {
    let spec = "project shop\nkits {\n    a1 // first\n    b2 \"^1\" {\n        y one two\n    }\n    c3 { x dark }\n}\n";
    let range = |kit: &str, range: Option<&str>| Edit::SetRange {
        kit: kit.to_owned(),
        range: range.map(str::to_owned),
    };
    let unset = |kit: &str, option: &str| Edit::UnsetOption {
        kit: kit.to_owned(),
        option: option.to_owned(),
    };
    let list = Raw::List(vec!["read".to_owned(), "write all".to_owned()]);
    insta::assert_snapshot!(after(spec, &[
        set("a1", "on", Raw::Bool(false)),
        range("a1", Some("=1.2.0")),
        set("b2", "x", list),
        set("b2", "y", Raw::Int(3)),
        range("b2", None),
        unset("c3", "x"),
    ]), @r#"
    project shop
    kits {
        a1 "=1.2.0" { on #false } // first
        b2 {
            x read "write all"
            y 3
        }
        c3
    }
    "#);
    let wrong = range("c3", Some("what"));
    insta::assert_snapshot!(after(spec, &[wrong]), @"error[edit-nothing]: the spec has no versions `what`");
}

#[test]
fn kits_of_a_preset() {
    let spec = "project shop\nscenario saas\nkits { a1 }\n";
    let without = Edit::SetWithout { id: "mail".to_owned(), why: Some("we send none".to_owned()) };
    let with = after(spec, &[without]);
    assert_eq!(
        with,
        "project shop\nscenario saas\nkits { a1; without mail why=\"we send none\" }\n"
    );
    assert_eq!(after(&with, &[Edit::RemoveWithout { id: "mail".to_owned() }]), spec);
}

#[test]
fn a_place_is_one_line_however_often_the_output_moves() {
    let spec = "project shop\n";
    let once = after(spec, &[moved("a", "b")]);
    assert_eq!(once, "project shop\n\nplace \"a\" at=\"b\"\n");
    assert_eq!(after(&once, &[moved("b", "c")]), "project shop\n\nplace \"a\" at=\"c\"\n");
    assert_eq!(after(&once, &[moved("b", "c"), moved("c", "a")]), spec);
    let two = after(&once, &[moved("x", "y"), moved("m", "n")]);
    assert_eq!(
        two,
        "project shop\n\nplace \"a\" at=\"b\"\nplace \"m\" at=\"n\"\nplace \"x\" at=\"y\"\n"
    );
    // Two that change places.
    let swapped = after(spec, &[moved("a", "t"), moved("b", "a"), moved("t", "b")]);
    assert_eq!(swapped, "project shop\n\nplace \"a\" at=\"b\"\nplace \"b\" at=\"a\"\n");
    insta::assert_snapshot!(after(&once, &[moved("b", "../x")]), @r#"
    error[bad-path]: `../x` has the part `..`, which could leave the project
      at kiln.kdl:3:14
    "#);
}

#[test]
fn keys_confirmations_and_former_names() {
    let spec = "project shop\nmodule catalog {\n  entity Item {\n    field unit-price type=int\n    belongs-to Maker as=made-by\n  }\n  entity Maker { field name type=string }\n}\n";
    let was = |item: Renamed, was: &str| Edit::SetWas { item, was: Some(was.to_owned()) };
    let member =
        |column: &str| Renamed::Member { entity: "Item".to_owned(), column: column.to_owned() };
    let foreign = |why: Option<&str>| Edit::SetForeign {
        target: "package.json#scripts.dev".to_owned(),
        why: why.map(str::to_owned),
    };
    let confirm = ("drop items.price".to_owned(), "0002-5261ef31".to_owned());
    let edits = [
        was(member("unit_price"), "price"),
        was(member("made_by_id"), "maker"),
        was(Renamed::Entity("Maker".to_owned()), "Brand"),
        was(Renamed::Module("catalog".to_owned()), "shop"),
        Edit::AddConfirm { text: confirm.0.clone(), after: confirm.1.clone() },
        foreign(None),
        foreign(Some("vite")),
    ];
    let with = after(spec, &edits);
    insta::assert_snapshot!(with, @r#"
    project shop
    module catalog was="shop" {
      entity Item {
        field unit-price type=int was="price"
        belongs-to Maker as=made-by was="maker"
      }
      entity Maker was="Brand" { field name type=string }
    }

    confirm "drop items.price" after="0002-5261ef31"

    ownership {
      foreign "package.json#scripts.dev" why="vite"
    }
    "#);
    let none = |item: Renamed| Edit::SetWas { item, was: None };
    let back = after(
        &with,
        &[
            Edit::RemoveForeign { target: "package.json#scripts.dev".to_owned() },
            Edit::RemoveConfirm { text: confirm.0, after: confirm.1 },
            none(Renamed::Module("catalog".to_owned())),
            none(Renamed::Entity("Maker".to_owned())),
            none(member("made_by_id")),
            none(member("unit_price")),
        ],
    );
    assert_eq!(back, spec);
}

#[test]
fn what_is_wrong_before_or_would_be_after_is_refused() {
    insta::assert_snapshot!(after("project shop\nkist { a }\n", &[kit("b")]), @"
    error[unknown-node]: a spec has no `kist`
      at kiln.kdl:2:1
      hint: did you mean `kits`?
    ");
    insta::assert_snapshot!(after("project shop\n", &[rule(MERGED, "a[")]), @r#"
    error[bad-glob]: `a[` is no glob: unclosed character class; missing ']'
      at kiln.kdl:4:12
    "#);
    insta::assert_snapshot!(after("project shop\nkits { a1 }\n", &[kit("a1")]), @"
    error[duplicate-kit]: the kit `a1` is there twice
      at kiln.kdl:2:12: here again
      at kiln.kdl:2:8: here first
    ");
}
