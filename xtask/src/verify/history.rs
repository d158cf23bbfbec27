//! The life of a project's schema, on a real PostgreSQL with the generated project's own Alembic: fields added, renamed
//! and dropped, two branches merged, a step reverted, a kit with tables that comes and goes, steps squashed. After each
//! change a deployed database, and after most one from empty, must be what the models say and what a fresh project has.

pub(in crate::verify) mod life;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use kiln::ops::{self, HistoryAdoptOptions, HistoryOptions, Settings, SyncOptions, UndoOptions};

use crate::verify::postgres::Postgres;
use crate::verify::tools::Tools;
use crate::{Result, golden};

use self::life::{
    Life, expect, hints, holds, migrations, passed, read, same_lines, steps, told, write, written,
};

/// The entities that the life begins with.
const MODULES: &str = "
module catalog {
    entity Category {
        field name type=string max=100 required=#true unique=#true
    }
    entity Product {
        field name type=string max=200 required=#true
        field price type=money
        field state type=enum required=#true default=draft { values draft live }
        belongs-to Category
        field summary type=text
        field origin type=string max=40
        field remark type=text
    }
}

module orders {
    entity Order {
        field note type=text
        belongs-to Product required=#true
    }
}
";

/// A row in every table, whatever refers to what.
const ROWS: &str = "
set session_replication_role = replica;
insert into categories (id, tenant_id, name) values (gen_random_uuid(), gen_random_uuid(), 'tools');
insert into products (id, tenant_id, name, price, state)
select gen_random_uuid(), tenant_id, 'hammer', 1250, 'live' from categories;
insert into orders (id, tenant_id, product_id) select gen_random_uuid(), tenant_id, id from products;
";

/// Up, and what the models say; down and up again.
const DOWN_AND_UP: [&str; 5] = ["upgrade", "check", "downgrade catalog@-1", "upgrade", "check"];

/// Runs the whole life, with the kits of `spec` and modules of its own. `python` has the packages of that project.
pub(crate) fn run(
    name: &str,
    spec: &str,
    python: PathBuf,
    tools: &Tools,
    postgres: &Postgres,
    done: &mut Vec<String>,
) -> Result<()> {
    let kits = spec.split("\nmodule ").next().unwrap_or_default();
    let kits = kits.lines().filter(|line| line.trim() != "audit-log");
    let spec: String = kits.map(|line| format!("{line}\n")).collect::<String>() + MODULES;
    let mut life = Life::begin(name, &spec, python, tools, postgres)?;
    life.sql("deployed", ROWS)?;
    type Scene = fn(&mut Life<'_>) -> Result<()>;
    let scenes: [(&str, Scene); 11] = [
        ("a field is added, and rows that are there get its default", a_field_is_added),
        ("a field is renamed, and its values stay", a_field_is_renamed),
        ("two branches meet, and the next step joins them", two_branches_meet),
        ("two branches do the same, or clash", two_branches_clash),
        ("a step is reverted; a field is dropped when that is confirmed", a_step_is_reverted),
        ("a kit with tables comes, goes and comes back", a_kit_comes_and_goes),
        ("an entity is renamed, and what refers to it follows", an_entity_is_renamed),
        ("a module is renamed and grows, an entity changes and goes", a_module_grows),
        ("own SQL, a step made anew, and undo", own_words),
        ("all steps become one", all_steps_become_one),
        ("an empty folder gives the same migrations", an_empty_folder),
    ];
    for (title, scene) in scenes {
        let began = Instant::now();
        scene(&mut life).map_err(|why| format!("{name}/history: {title}:\n{why}"))?;
        println!("  ok   {name}/history: {title} ({:.1} s)", began.elapsed().as_secs_f64());
        done.push(format!("{name}/history: {title}"));
    }
    Ok(())
}

fn a_field_is_added(life: &mut Life<'_>) -> Result<()> {
    let price = "field price type=money\n";
    let sku = "        field sku type=string max=20 required=#true default=none\n";
    life.edit(price, &format!("{price}{sku}"))?;
    let report = life.sync()?;
    expect("steps", &steps(&report).len(), &1)?;
    expect("a second sync writes", &written(&life.sync()?), &Vec::new())?;
    life.commit()?;
    life.db("deployed", &DOWN_AND_UP)?;
    expect("sku", &life.sql("deployed", "select sku from products")?.as_str(), &"none")
}

fn a_field_is_renamed(life: &mut Life<'_>) -> Result<()> {
    life.edit("field price type=money", "field amount type=money")?;
    let refused = life.sync()?;
    expect("exit", &refused.exit, &1)?;
    let said = hints(&refused, "unconfirmed");
    holds(&said, "confirm \"drop products.price\" after=\"0002-")?;
    holds(&said, "was=\"price\"")?;
    expect("changed", &life.changed()?, &vec!["kiln.kdl".to_owned()])?;
    life.edit("field amount type=money", "field amount type=money was=price")?;
    expect("steps", &steps(&life.sync()?).len(), &1)?;
    expect("a second sync writes", &written(&life.sync()?), &Vec::new())?;
    life.commit()?;
    life.db("deployed", &DOWN_AND_UP)?;
    expect("amount", &life.sql("deployed", "select amount from products")?.as_str(), &"1250")
}

fn two_branches_meet(life: &mut Life<'_>) -> Result<()> {
    let fields = [
        ("a", "        belongs-to Category\n", "        field color type=text\n"),
        ("b", "        field remark type=text\n", "        field weight type=int\n"),
    ];
    for (branch, before, field) in fields {
        life.branch(branch)?;
        life.edit(before, &format!("{field}{before}"))?;
        life.synced()?;
        life.copy("deployed", branch)?;
        life.db(branch, &["upgrade"])?;
    }
    life.merge("a")?;
    let before = life.migrations();
    passed(&life.sync()?)?;
    expect("the same steps", &life.migrations(), &before)?;
    life.keep()?;
    life.copy("deployed", "behind")?;
    life.same_everywhere(&["a", "b", "behind"])?;
    life.edit(
        "field summary type=text",
        "field summary type=text\n        field vendor type=text",
    )?;
    expect("steps", &steps(&life.sync()?).len(), &1)?;
    expect("parents", &life.last_step("catalog")?.parents.len(), &2)?;
    life.commit()?;
    life.same_everywhere(&["a", "b", "deployed"])?;
    life.db("deployed", &["check"])
}

fn two_branches_clash(life: &mut Life<'_>) -> Result<()> {
    for branch in ["c", "d"] {
        life.branch(branch)?;
        let origin = "        field origin type=string";
        life.edit(origin, &format!("        field ean type=string max=13\n{origin}"))?;
        life.synced()?;
    }
    life.merge("c")?;
    expect("a sync writes", &written(&life.sync()?), &Vec::new())?;
    expect("parents", &life.last_step("catalog")?.parents.len(), &1)?;
    life.back()?;
    let mut last = String::new();
    for (branch, name) in [("e", "comment"), ("f", "notice")] {
        life.branch(branch)?;
        life.edit("field remark type=text", &format!("field {name} type=text was=remark"))?;
        life.synced()?;
        if branch == "e" {
            last = life.last_step("catalog")?.id;
        }
    }
    life.merge("e")?;
    let refused = life.sync()?;
    expect("exit", &refused.exit, &1)?;
    holds(&hints(&refused, "history-conflict"), &format!("kiln history drop {last}"))?;
    let options = HistoryOptions { settings: life.settings(), names: vec![last] };
    passed(&ops::history_drop(&options).map_err(told)?)?;
    expect("a sync writes", &written(&life.sync()?), &Vec::new())?;
    life.keep()?;
    life.db("deployed", &DOWN_AND_UP)
}

fn a_step_is_reverted(life: &mut Life<'_>) -> Result<()> {
    let summary = "field summary type=text";
    let rank = "\n        field rank type=int";
    life.edit(summary, &format!("{summary}{rank}"))?;
    life.synced()?;
    life.copy("deployed", "ahead")?;
    life.db("ahead", &["upgrade", "check"])?;
    life.git(&["revert", "--no-edit", "HEAD"])?;
    expect("a sync writes", &written(&life.sync()?), &Vec::new())?;
    life.db("deployed", &["upgrade", "check"])?;
    let refused = life.try_db("ahead", &["upgrade"])?.err().unwrap_or_default();
    holds(&refused, "which the code lacks")?;
    // It was deployed after all.
    life.git(&["revert", "--no-edit", "HEAD"])?;
    life.db("deployed", &["upgrade", "check"])?;
    life.edit(rank, "")?;
    life.confirm()?;
    life.synced()?;
    life.db("deployed", &DOWN_AND_UP)?;
    life.edit(summary, &format!("{summary}{rank}"))?;
    life.synced()?;
    life.edit(rank, "")?;
    expect("exit with a used line", &life.sync()?.exit, &1)?;
    life.git(&["checkout", "--quiet", "kiln.kdl"])?;
    life.db("deployed", &["upgrade", "check"])
}

fn a_kit_comes_and_goes(life: &mut Life<'_>) -> Result<()> {
    let (without, with) = ("    mail-core\n", "    mail-core\n    audit-log\n");
    let there = "select count(*) from pg_class where relname = 'audit_entries'";
    let before = life.migrations();
    life.edit(without, with)?;
    life.synced()?;
    let after = life.migrations();
    for (path, text) in &before {
        expect(path, &after.get(path), &Some(text))?;
    }
    life.db("deployed", &["upgrade", "check"])?;
    life.edit(with, without)?;
    life.synced()?;
    expect("migrations", &life.migrations(), &before)?;
    let refused = life.try_db("deployed", &["upgrade"])?.err().unwrap_or_default();
    holds(&refused, "forget CHAIN")?;
    life.db("deployed", &["forget audit__tenancy", "forget audit", "upgrade"])?;
    expect("the table", &life.sql("deployed", there)?.as_str(), &"1")?;
    life.edit(without, with)?;
    life.synced()?;
    life.db("deployed", &["upgrade", "check", "retire audit"])?;
    life.edit(with, without)?;
    life.synced()?;
    life.db("deployed", &["upgrade", "check"])?;
    expect("the table", &life.sql("deployed", there)?.as_str(), &"0")
}

fn an_entity_is_renamed(life: &mut Life<'_>) -> Result<()> {
    life.edit("entity Product {", "entity Item was=Product {")?;
    life.edit("belongs-to Product", "belongs-to Item")?;
    life.synced()?;
    life.db("deployed", &["upgrade", "check", "downgrade orders@-1"])?;
    life.db("deployed", &["downgrade catalog@-1", "upgrade", "check"])?;
    let joined = "select i.name from orders o join items i on i.id = o.item_id";
    expect("rows", &life.sql("deployed", joined)?.as_str(), &"hammer")?;
    // Another kind, and every row must have it from now on.
    let note = "field note type=string max=500 required=#true default=\"it's \\\"none\\\"\"";
    life.edit("field note type=text", note)?;
    life.confirm()?;
    life.synced()?;
    life.db("deployed", &["upgrade", "check"])?;
    let note = life.sql("deployed", "select note from orders")?;
    expect("filled", &note.as_str(), &"it's \"none\"")?;
    let today = life.generated("history-today", &life.spec()?)?;
    let shape = life.shape_from_empty(&today)?;
    same_lines("deployed", &life.shape("deployed")?, &shape)
}

fn a_module_grows(life: &mut Life<'_>) -> Result<()> {
    let up_and_down = ["upgrade", "check", "downgrade stock@-1", "upgrade", "check"];
    life.edit("module catalog {", "module stock was=catalog {")?;
    expect("steps", &steps(&life.sync()?).len(), &0)?;
    let shelf = "    entity Shelf {
        field code type=string max=8 required=#true unique=#true
        field kind type=enum { values wood steel }
        belongs-to Item on-delete=cascade
        index kind code
    }
";
    let module = "module stock was=catalog {\n";
    life.edit(module, &format!("{module}{shelf}"))?;
    life.synced()?;
    life.db("deployed", &up_and_down)?;
    let changed = "    entity Shelf {
        field code type=text unique=#true
        field material was=kind type=enum required=#true default=wood { values wood steel glass }
        belongs-to Item required=#true
        belongs-to User as=keeper
        unique material code
        domain-entities soft-delete=#true
    }
";
    life.edit(shelf, changed)?;
    life.confirm()?;
    life.synced()?;
    life.db("deployed", &up_and_down)?;
    life.same_everywhere(&["deployed"])?;
    life.edit(changed, "")?;
    life.confirm()?;
    life.synced()?;
    life.db("deployed", &up_and_down)
}

fn own_words(life: &mut Life<'_>) -> Result<()> {
    let summary = "field summary type=text";
    let slug = "\n        field slug type=string max=80 required=#true";
    life.edit(summary, &format!("{summary}{slug}"))?;
    expect("exit", &life.sync()?.exit, &1)?;
    let file = life.folder.join("slug.sql");
    write(
        &file,
        "alter table items add column slug varchar(80);
         alter table items alter column slug type varchar(80) using lower(name);
         alter table items alter column slug set not null;
         -- down
         alter table items drop column slug;",
    )?;
    let module = Some("catalog".to_owned());
    let options = HistoryAdoptOptions {
        settings: life.settings(),
        file: file.clone(),
        module,
        ..HistoryAdoptOptions::default()
    };
    let adopted = ops::history_adopt(&options).map_err(told)?;
    passed(&adopted)?;
    expect("steps", &steps(&adopted).len(), &1)?;
    fs::remove_file(&file).map_err(|error| error.to_string())?;
    life.commit()?;
    life.db("deployed", &DOWN_AND_UP)?;
    expect("slug", &life.sql("deployed", "select slug from items")?.as_str(), &"hammer")?;

    life.edit(summary, &format!("{summary}\n        field rating type=int"))?;
    life.synced()?;
    life.edit("field rating type=int", "field rating type=decimal")?;
    let options = HistoryOptions { settings: life.settings(), names: vec!["catalog".to_owned()] };
    let amended = ops::history_amend(&options).map_err(told)?;
    passed(&amended)?;
    expect("steps", &steps(&amended).len(), &2)?;
    let undo = UndoOptions { settings: life.settings(), ..UndoOptions::default() };
    ops::undo(&undo).map_err(told)?;
    expect("after undo", &life.changed()?, &vec!["kiln.kdl".to_owned()])?;
    passed(&ops::history_amend(&options).map_err(told)?)?;
    expect("a sync writes", &written(&life.sync()?), &Vec::new())?;
    life.commit()?;
    life.db("deployed", &DOWN_AND_UP)?;
    life.well_formed()
}

fn all_steps_become_one(life: &mut Life<'_>) -> Result<()> {
    let names = ["catalog", "orders", "stock"].map(str::to_owned).to_vec();
    let options = HistoryOptions { settings: life.settings(), names };
    let squashed = ops::history_squash(&options).map_err(told)?;
    passed(&squashed)?;
    let new = steps(&squashed).into_iter().filter(|path| life.folder.join(path).is_file());
    expect("steps", &new.count(), &3)?;
    expect("a sync writes", &written(&life.sync()?), &Vec::new())?;
    life.commit()?;
    life.same_everywhere(&["deployed"])?;
    life.db("deployed", &["check"])?;
    life.well_formed()
}

fn an_empty_folder(life: &mut Life<'_>) -> Result<()> {
    life.edit("field summary type=text", "field summary type=text\n        field last type=date")?;
    life.synced()?;
    let again = life.folder.with_file_name("history-again");
    golden::clear(&again)?;
    let mut paths = vec![life.folder.join("kiln.kdl"), life.folder.join("kiln.lock")];
    golden::below(&life.folder.join("kiln.history"), &mut paths);
    for path in paths {
        let inside = path.strip_prefix(&life.folder).map_err(|error| error.to_string())?;
        write(&again.join(inside), &read(&path)?)?;
    }
    let settings = Settings { start: again.clone(), ..life.settings() };
    let report = ops::sync(&SyncOptions { settings, ..SyncOptions::default() }).map_err(told)?;
    passed(&report)?;
    expect("steps", &steps(&report).len(), &0)?;
    expect("migrations", &migrations(&again), &migrations(&life.folder))
}
