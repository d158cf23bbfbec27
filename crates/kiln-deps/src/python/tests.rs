//! Properties of closures and joins over the committed catalogue.
//!
//! The oracle knows nothing of sums of products: it picks one concrete environment and follows the edges whose
//! markers hold there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::environment::EnvironmentSet;
use super::lockfile::parse_lock;
use super::marker::Sum;
use super::*;

const SOURCE: &str = include_str!("../../../../catalogue/python/requirements.kiln");
const TEXT: &[u8] = include_bytes!("../../../../catalogue/python/catalogue.txt");

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(TEXT).expect("the committed catalogue"));
static REQUIREMENTS: LazyLock<Requirements> =
    LazyLock::new(|| Requirements::parse(SOURCE).expect("the committed source"));

/// Every package of the source with one extra or none.
static OFFERED: LazyLock<Vec<Request>> = LazyLock::new(|| {
    let request = |name: &str, extras: &[String]| Request {
        name: name.to_owned(),
        extras: extras.to_vec(),
        contributed_by: "kit x".to_owned(),
    };
    let offered = REQUIREMENTS.packages().flat_map(|(name, extras)| {
        let with_one = extras.iter().map(move |extra| request(name, std::slice::from_ref(extra)));
        std::iter::once(request(name, &[])).chain(with_one)
    });
    offered.collect()
});

fn runtime() -> LockTarget {
    LockTarget { file_name: "requirements.lock".to_owned(), extras: Vec::new() }
}

fn close(items: &[Request]) -> Closure {
    let requests = Requests { project: "shop".to_owned(), items: items.to_vec() };
    closure(&CATALOGUE, &requests).expect("offered packages")
}

fn lock(items: &[Request]) -> String {
    close(items).render_requirements(&runtime())
}

fn request(name: &str, extras: &[&str]) -> Request {
    let extras = extras.iter().map(|extra| (*extra).to_owned()).collect();
    Request { name: name.to_owned(), extras, contributed_by: "kit x".to_owned() }
}

fn subset(most: usize) -> impl Strategy<Value = Vec<Request>> {
    (0..=most).prop_flat_map(|count| subsequence(OFFERED.clone(), count))
}

/// Whether a sum holds in one environment, by the bits of its atoms alone.
fn holds(sum: &Sum, environment: &EnvironmentSet) -> bool {
    let atom =
        |number: &u16| environment.is_subset(&CATALOGUE.atoms.list[usize::from(*number)].holds);
    sum.iter().any(|product| product.iter().all(atom))
}

/// What one environment installs: names with versions.
fn oracle(items: &[Request], environment: &EnvironmentSet) -> BTreeSet<(String, String)> {
    let mut waiting: Vec<(String, Option<String>, Vec<String>)> =
        items.iter().map(|item| (item.name.clone(), None, item.extras.clone())).collect();
    let mut seen = BTreeSet::new();
    let mut installed = BTreeSet::new();
    while let Some((name, version, extras)) = waiting.pop() {
        if !seen.insert((name.clone(), version.clone(), extras.clone())) {
            continue;
        }
        for release in &CATALOGUE.packages[&name].releases {
            let other = version.as_ref().is_some_and(|version| *version != release.version);
            if other || !holds(&release.when, environment) {
                continue;
            }
            installed.insert((name.clone(), release.version.clone()));
            let of_extras =
                extras.iter().filter_map(|extra| release.extra_needs.get(extra)).flatten();
            for need in release.needs.iter().chain(of_extras) {
                if holds(&need.when, environment) {
                    waiting.push((need.name.clone(), need.version.clone(), need.extras.clone()));
                }
            }
        }
    }
    installed
}

fn names(lock: &str) -> BTreeMap<String, String> {
    let pins = lock.lines().filter_map(|line| line.split_once("=="));
    pins.filter(|(name, _)| !name.starts_with([' ', '#']))
        .map(|(name, rest)| {
            (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn the_committed_catalogue_is_what_it_reads() {
    assert_eq!(CATALOGUE.to_text().as_bytes(), TEXT);
    assert_eq!(CATALOGUE.date(), REQUIREMENTS.date());
    assert_eq!(CATALOGUE.requires_python(), REQUIREMENTS.python());
    for (name, extras) in REQUIREMENTS.packages() {
        let known: BTreeSet<&str> = CATALOGUE.extras(name).expect(name).collect();
        assert!(extras.iter().all(|extra| known.contains(extra.as_str())), "{name}");
    }
}

#[test]
fn nothing_in_the_catalogue_is_an_address() {
    let text = std::str::from_utf8(TEXT).expect("text");
    assert!(!text.contains("://") && !text.contains(".org") && !text.contains(".whl"));
}

#[test]
fn a_small_closure_is_what_uv_writes() {
    let text = lock(&[request("PyJWT", &["crypto"]), request("itsdangerous", &[])]);
    let brief: Vec<&str> = text.lines().filter(|line| !line.contains("--hash")).collect();
    insta::assert_snapshot!(brief.join("\n"), @r"
    # This file was autogenerated by uv via the following command:
    #    uv pip compile --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.lock
    cffi==2.1.1 ; platform_python_implementation != 'PyPy' \
        # via cryptography
    cryptography==50.0.2 \
        # via pyjwt
    itsdangerous==2.2.0 \
        # via shop (pyproject.toml)
    pycparser==3.12 ; implementation_name != 'PyPy' and platform_python_implementation != 'PyPy' \
        # via cffi
    pyjwt==2.15.1 \
        # via shop (pyproject.toml)
    ");
    let hashes = text.lines().filter(|line| line.contains("--hash=sha256:")).count();
    let pins = close(&[request("PyJWT", &["crypto"]), request("itsdangerous", &[])]);
    assert_eq!(hashes, pins.pins().iter().map(|pin| pin.hashes.len()).sum::<usize>());
}

#[test]
fn versions_of_different_environments_are_both_there() {
    let text = lock(&[request("limits", &[])]);
    let forks: Vec<&str> = text.lines().filter(|line| line.starts_with("deprecated==")).collect();
    insta::assert_snapshot!(forks.join("\n"), @r"
    deprecated==1.3.1 ; python_full_version < '3.12' \
    deprecated==3.0.1 ; python_full_version >= '3.12' \
    ");
}

#[test]
fn all_that_the_catalogue_lacks_is_told() {
    let items = vec![
        request("fastapy", &[]),
        request("redis", &["hiredis", "ocsp"]),
        request("structlog", &["dev"]),
        request("left-pad-for-snakes", &[]),
    ];
    let requests = Requests { project: "shop".to_owned(), items };
    let errors = closure(&CATALOGUE, &requests).expect_err("unknown");
    let told = errors.iter().map(|error| format!("{error}\n  {:?}\n", error.hint()));
    insta::assert_snapshot!(told.collect::<String>(), @r#"
    kit x asks for the Python package `fastapy`, which the catalogue lacks
      Some("did you mean `fastapi`?")
    kit x asks for the Python package `left-pad-for-snakes`, which the catalogue lacks
      None
    kit x asks for `redis[ocsp]`, an extra that the catalogue lacks
      Some("`redis` has these: hiredis")
    kit x asks for `structlog[dev]`, an extra that the catalogue lacks
      Some("`structlog` has no extras in the catalogue")
    "#);
}

#[test]
fn broken_catalogues_are_refused_with_their_line() {
    let read = |text: &str| Catalogue::parse(text.as_bytes()).expect_err(text).to_string();
    let head = "kiln-catalogue python 1\nenvironments 4\natom 3 a == 'b'\n";
    let broken = [
        read("kiln-catalogue python 2\n"),
        read(&format!("{head}atom 1 a == 'b'\n")),
        read(&format!("{head}atom 11 c == 'b'\n")),
        read(&format!("{head}needs x\n")),
        read(&format!("{head}package x\nrelease 1 ; c == 'd'\n")),
        read(&format!("{head}package x\nrelease 1\nsha256 00\n")),
        read(&format!("{head}package x\npackage a\n")),
        read(&format!("{head}package x\nmeeds y\n")),
        read("kiln-catalogue python 1\nenvironments 99999999999\n"),
        read("kiln-catalogue python 1\nalone\n"),
    ];
    insta::assert_snapshot!(broken.join("\n"), @"
    the catalogue does not start with `kiln-catalogue python 1`
    line 4 of the catalogue: atoms are not sorted
    line 4 of the catalogue: the bits do not fit the number of environments
    line 4 of the catalogue: there is no package before
    line 5 of the catalogue: no atom is written `c == 'd'`
    line 6 of the catalogue: `00` is not a sha256 digest of 64 lower-case hexadecimal digits
    line 5 of the catalogue: packages are not sorted
    line 5 of the catalogue: unknown word `meeds`
    line 2 of the catalogue: `99999999999` is no number of environments
    line 2 of the catalogue: a line has a word and a value
    ");
}

#[test]
fn a_person_keeps_what_is_theirs() {
    let head = "# by uv\n#    command\n";
    let base = format!(
        "{head}a==1\n    # via shop (pyproject.toml)\nb==1 ; x == 'y'\n    # via a\nc==1\n    # via a\n"
    );
    let disk = format!(
        "{head}a==1\n    # via shop (pyproject.toml)\nb==1\n    # via\n    #   a\n    #   own\nc==2\n    # via a\n\
         # ours\nown==9\n    # via shop (pyproject.toml)\n-e ./local\n"
    );
    let new = format!("{head}c==3\n    # via d\nd==1\n    # via shop (pyproject.toml)\n");
    let merged = merge_requirements(Some(&base), &disk, &new);
    insta::assert_snapshot!(merged.text, @"
    # by uv
    #    command
    -e ./local
    b==1
        # via own
    c==2
        # via d
    d==1
        # via shop (pyproject.toml)
    # ours
    own==9
        # via shop (pyproject.toml)
    ");
    insta::assert_debug_snapshot!((&merged.diverged, &merged.kept, &merged.swept), @r#"
    (
        [
            Divergence {
                name: "c",
                on_disk: [
                    "2",
                ],
                in_closure: [
                    "3",
                ],
            },
        ],
        [
            "b",
            "own",
        ],
        [
            "a",
        ],
    )
    "#);
}

#[test]
fn what_a_kept_package_needs_is_kept_though_no_kit_needs_it() {
    // Of `mid` and `low` the kit's lock knew already; the kit goes, a person's `own` still needs `mid`.
    let root = "    # via shop (pyproject.toml)\n";
    let base = format!("kit==1\n{root}low==1\n    # via mid\nmid==1\n    # via kit\n");
    let disk = format!(
        "kit==1\n{root}low==1\n    # via mid\nmid==1\n    # via\n    #   kit\n    #   own\nown==1\n{root}"
    );
    let merged = merge_requirements(Some(&base), &disk, "");
    assert_eq!(
        merged.text,
        format!("low==1\n    # via mid\nmid==1\n    # via own\nown==1\n{root}")
    );
    assert_eq!(merged.swept, ["kit"]);
}

#[test]
fn a_lock_that_lost_records_is_healed() {
    let whole = lock(&[request("alembic", &[])]);
    let merged = merge_requirements(Some(&whole), "", &whole);
    assert_eq!(merged.text, whole);
    let told = compare_requirements("", &whole);
    assert!(!told.is_current() && told.missing.contains(&"mako".to_owned()));
}

#[test]
fn a_dependency_that_a_persons_version_dropped_is_not_missed() {
    let root = "    # via shop (pyproject.toml)\n";
    let new = format!("a==1\n{root}b==1\n    # via a\n");
    let disk = format!("a==2\n{root}");
    let told = compare_requirements(&disk, &new);
    assert!(told.is_current());
    assert_eq!(
        (told.diverged[0].on_disk[0].as_str(), told.diverged[0].in_closure[0].as_str()),
        ("2", "1")
    );
    assert_eq!(merge_requirements(Some(&new), &disk, &new).text, disk);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_environment_installs_what_following_its_edges_gives(
        items in subset(25),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 4),
    ) {
        let closed = close(&items);
        for place in places {
            let mut environment = EnvironmentSet::empty(CATALOGUE.atoms.environments);
            environment.insert(place.index(CATALOGUE.atoms.environments));
            let installed: BTreeSet<(String, String)> = closed
                .pins()
                .iter()
                .filter(|pin| holds(&CATALOGUE.atoms.parse(&pin.marker).expect("own marker"), &environment))
                .map(|pin| (pin.name.clone(), pin.version.clone()))
                .collect();
            prop_assert_eq!(installed, oracle(&items, &environment));
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(items in subset(20).prop_flat_map(|items| {
        (Just(items.clone()), Just(items).prop_shuffle())
    })) {
        let (sorted, mut shuffled) = items;
        shuffled.extend(sorted.first().cloned());
        prop_assert_eq!(lock(&sorted), lock(&shuffled));
    }

    #[test]
    fn a_person_who_did_nothing_gets_the_new_closure(old in subset(12), new in subset(12)) {
        let (base, new) = (lock(&old), lock(&new));
        let merged = merge_requirements(Some(&base), &base, &new);
        prop_assert_eq!(&merged.text, &new);
        prop_assert!(merged.kept.is_empty() && merged.diverged.is_empty());
    }

    #[test]
    fn without_the_shortcut_too(old in subset(12), new in subset(12)) {
        let base = lock(&old);
        let marked = base.replacen("# This file", "# This very file", 1);
        let new = lock(&new).replacen("# This file", "# This very file", 1);
        let merged = merge_requirements(Some(&base), &marked, &new);
        prop_assert_eq!(&merged.text, &new);
    }

    #[test]
    fn a_persons_packages_stay_with_all_that_they_need(
        old in subset(10), new in subset(10), own in subset(4),
    ) {
        let own: Vec<Request> = own
            .into_iter()
            .filter(|item| old.iter().chain(&new).all(|other| other.name != item.name))
            .collect();
        let both = |items: &[Request]| lock(&[items, own.as_slice()].concat());
        let (base, disk, want) = (lock(&old), both(&old), both(&new));
        let merged = merge_requirements(Some(&base), &disk, &lock(&new));
        let (got, want) = (names(&merged.text), names(&want));
        for (name, version) in &want {
            prop_assert_eq!(got.get(name), Some(version));
        }
        // Adding kits alone leaves nothing over.
        let grown = [old.as_slice(), new.as_slice()].concat();
        let merged = merge_requirements(Some(&base), &disk, &lock(&grown));
        prop_assert_eq!(names(&merged.text), names(&both(&grown)));
        prop_assert!(compare_requirements(&merged.text, &lock(&grown)).is_current());
        // A second time nothing changes.
        let again = merge_requirements(Some(&lock(&grown)), &merged.text, &lock(&grown));
        prop_assert_eq!(again.text, merged.text);
    }

    #[test]
    fn any_text_on_disk_is_borne(disk in "[a-z#= \\\\\n;\\-]{0,200}") {
        let new = lock(&[request("alembic", &[])]);
        let merged = merge_requirements(None, &disk, &new);
        prop_assert!(compare_requirements(&merged.text, &new).missing.is_empty());
        // What the person wrote is still there, whatever it is: all but what states a reason that is gone.
        let got = parse_lock(&merged.text).records;
        for record in parse_lock(&disk).records.iter().filter(|record| record.via.is_empty()) {
            prop_assert!(got.iter().any(|other| other.name == record.name));
        }
    }
}
