#!/usr/bin/env python3
"""A visit to the running project manager over HTTP, as two companies would make it.

    visit.py --base-url http://127.0.0.1:8000 --mail apps/api/.mail --openapi apps/api/openapi.json

Signing up and in, refresh with reuse detection, workspaces, an invitation that arrives by
mail, roles, rows with pages and filters, and that one company neither sees, writes, links to nor
moves what belongs to the other. Every step is printed; the first expectation that does not hold
ends the visit with exit code 1. Only the standard library is needed.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from pathlib import Path
from typing import Any, Final

from client import Answer, Caller, Surprise, Visit

PASSWORD: Final = "a long enough passphrase 42"


def sign_up(visit: Visit, who: Caller, what: str) -> None:
    """Make an account; the client keeps the tokens itself."""
    body = {"email": who.address, "password": PASSWORD, "name": "A visitor", "carrier": "body"}
    who.keep(visit.done(what, who.call("POST", "/v1/auth/sign-up", body), 201))


def login(who: Caller, password: str = PASSWORD, **more: object) -> Answer:
    """Sign in anew, with no token."""
    body = {"email": who.address, "password": password, "carrier": "body"} | more
    return Caller(who.base).call("POST", "/v1/auth/login", body)


def visit_service(visit: Visit) -> None:
    """The service is up and says so."""
    visit.part("The service")
    nobody = Caller(visit.base)
    visit.done("it is alive", nobody.call("GET", "/healthz"))
    visit.done("it is ready", nobody.call("GET", "/readyz"))
    visit.refused("an unknown path is a problem", nobody.call("GET", "/v1/nothing-here"), 404)
    visit.refused("without a token nobody gets in", nobody.call("GET", "/v1/session"), 401)
    forged = Caller(visit.base, access="e30.e30.e30")
    visit.refused("nor with a forged one", forged.call("GET", "/v1/session"), 401)


def visit_sign_in(visit: Visit) -> Caller:
    """Signing up, in and on."""
    visit.part("Signing up and in")
    owner = visit.person("owner-a")
    sign_up(visit, owner, "somebody signs up")
    session = visit.done("and is signed in", owner.call("GET", "/v1/session"))
    visit.expect("as who signed up", session["user"]["email"] == owner.address, session["user"])
    body = {"email": owner.address, "password": PASSWORD, "carrier": "body"}
    again = Caller(visit.base).call("POST", "/v1/auth/sign-up", body)
    visit.refused("an address signs up once", again, 409)
    weak = body | {"email": f"weak-{visit.run}@example.com", "password": "short"}
    visit.refused("a short password is refused", owner.call("POST", "/v1/auth/sign-up", weak), 422)

    owner.keep(visit.done("who has an account signs in", login(owner)))
    wrong = login(owner, "not the password, by far")
    visit.refused("not with a wrong password", wrong, 401)
    unknown = login(visit.person("stranger"))
    visit.refused("nor with an unknown address", unknown, 401)
    same = {key: value for key, value in wrong.body.items() if key in ("type", "title", "detail")}
    other = {key: value for key, value in unknown.body.items() if key in same}
    visit.expect("and the two look alike", same == other, (same, other))
    return owner


def visit_cookies(visit: Visit, owner: Caller) -> None:
    """A browser never sees a token."""
    visit.part("Cookies for browsers")
    browser = {"origin": visit.origin}
    body = {"email": owner.address, "password": PASSWORD, "carrier": "cookie"}
    signed = Caller(visit.base).call("POST", "/v1/auth/login", body, browser)
    opened = visit.done("a browser signs in", signed)
    visit.expect("and sees no token", not opened.get("access_token"), opened)
    flags = [cookie.lower() for cookie in signed.cookies]
    visit.expect(
        "its cookies are httpOnly and secure",
        len(flags) >= 2 and all("httponly" in one and "secure" in one for one in flags),
        signed.cookies,
    )
    evil = Caller(visit.base).call(
        "POST", "/v1/auth/login", body, {"origin": "https://evil.example"}
    )
    visit.refused("a page of somebody else cannot sign in", evil, 403)


def visit_refresh(visit: Visit, owner: Caller) -> None:
    """Refresh tokens are exchanged, and a stolen one ends the session."""
    visit.part("Refresh, and a token that was stolen")
    thief = Caller(visit.base)
    victim = Caller(visit.base, owner.address)
    victim.keep(login(victim).body)
    tokens = [victim.refresh]
    for number in ("first", "second"):
        body = {"refresh_token": tokens[-1]}
        pair = visit.done(
            f"the {number} refresh gives a new pair", thief.call("POST", "/v1/auth/refresh", body)
        )
        victim.keep(pair)
        tokens.append(victim.refresh)
    visit.expect("each token is another one", len(set(tokens)) == 3, "the same token")
    visit.done("the new access token works", victim.call("GET", "/v1/session"))
    reused = thief.call("POST", "/v1/auth/refresh", {"refresh_token": tokens[0]})
    visit.refused("an old token is refused", reused, 401)
    ended = thief.call("POST", "/v1/auth/refresh", {"refresh_token": tokens[-1]})
    visit.refused("and with it the newest: the session has ended", ended, 401)
    visit.refused("so has its access token", victim.call("GET", "/v1/auth/sessions"), 401)
    visit.done("other sessions go on", owner.call("GET", "/v1/session"))

    leaving = Caller(visit.base, owner.address)
    leaving.keep(login(leaving).body)
    visit.done("who signs out", leaving.call("POST", "/v1/auth/logout"), 204)
    gone = thief.call("POST", "/v1/auth/refresh", {"refresh_token": leaving.refresh})
    visit.refused("has no session any more", gone, 401)


def visit_workspace(visit: Visit, owner: Caller) -> Caller:
    """A workspace of one's own."""
    visit.part("A workspace")
    body = {"name": "Company A"}
    made = visit.done("a workspace is created", owner.call("POST", "/v1/workspaces", body), 201)
    visit.expect("by its owner", made["role"] == "owner", made)
    inside = owner.within(made["id"])
    found = visit.done("its owner sees it", inside.call("GET", "/v1/workspace"))
    visit.expect("by its name", found["name"] == "Company A", found)
    session = inside.call("GET", "/v1/session").body
    visit.expect("and may do a lot in it", len(session["permissions"]) > 5, session["permissions"])
    visit.refused("rows need a workspace", owner.call("GET", "/v1/projects"), 400)
    nowhere = owner.within(str(uuid.uuid4()))
    visit.refused("an unknown one is not found", nowhere.call("GET", "/v1/projects"), 404)
    strange = owner.within("not-an-id")
    visit.refused("nor is one that is no id", strange.call("GET", "/v1/projects"), 400, 404, 422)
    return inside


def visit_invitation(visit: Visit, owner: Caller) -> Caller:
    """A colleague is invited by mail and accepts."""
    visit.part("An invitation")
    path = "/v1/invitations"
    guest = visit.person("viewer-a")
    sent = owner.call("POST", path, {"email": guest.address, "role": "viewer"})
    invitation = visit.done("the owner invites a viewer", sent, 201)
    waiting = visit.done("the invitation waits", owner.call("GET", path))
    visit.expect("in the list", invitation["id"] in [one["id"] for one in waiting], waiting)
    token = visit.mailed_token(guest.address, "/accept-invitation")
    visit.expect("the mail with the link arrives", bool(token))
    preview = Caller(visit.base).call("POST", f"{path}/preview", {"token": token})
    shown = visit.done("the link shows what it is about", preview)
    visit.expect("to whom it was sent", shown["workspace"] == "Company A", shown)

    sign_up(visit, guest, "the guest signs up")
    before = guest.within(owner.workspace).call("GET", "/v1/workspace")
    visit.refused("and is not in yet", before, 404)
    other = visit.person("passer-by")
    sign_up(visit, other, "somebody else signs up")
    stolen = other.call("POST", f"{path}/accept", {"token": token})
    visit.refused("the link is of no use to them", stolen, 403, 404, 409, 410)
    accepted = visit.done(
        "the guest accepts", guest.call("POST", f"{path}/accept", {"token": token})
    )
    visit.expect(
        "and is in the workspace",
        (accepted["workspace_id"], accepted["role"]) == (owner.workspace, "viewer"),
        accepted,
    )
    twice = guest.call("POST", f"{path}/accept", {"token": token})
    visit.refused("a link works once", twice, 404, 409, 410)
    members = visit.done("both are members", owner.call("GET", "/v1/workspace/members"))
    visit.expect("and nobody else", len(members) == 2, members)
    return guest.within(owner.workspace)


def visit_roles(visit: Visit, owner: Caller, viewer: Caller) -> None:
    """What a role does not have is denied."""
    visit.part("Roles")
    visit.done("a viewer reads projects", viewer.call("GET", "/v1/projects"))
    made = viewer.call("POST", "/v1/projects", visit.row("Project", name="Mine"))
    visit.refused("and creates none", made, 403)
    renamed = viewer.call("PATCH", "/v1/workspace", {"name": "Mine"})
    visit.refused("nor renames the workspace", renamed, 403)
    body = {"email": f"friend-{visit.run}@example.com", "role": "viewer"}
    visit.refused("nor invites", viewer.call("POST", "/v1/invitations", body), 403)
    grab = viewer.call("PATCH", f"/v1/workspace/members/{viewer.user}", {"role": "owner"})
    visit.refused("nor becomes its owner", grab, 403)

    promote = owner.call("PATCH", f"/v1/workspace/members/{viewer.user}", {"role": "admin"})
    visit.done("the owner makes the viewer an admin", promote)
    made = viewer.call("POST", "/v1/projects", visit.row("Project", name="An admin's"))
    project = visit.done("who now creates a project", made, 201)
    above = viewer.call("PATCH", f"/v1/workspace/members/{viewer.user}", {"role": "owner"})
    visit.refused("but no admin becomes an owner", above, 403)
    depose = viewer.call("DELETE", f"/v1/workspace/members/{owner.user}")
    visit.refused("nor removes one", depose, 403)
    last = owner.call("PATCH", f"/v1/workspace/members/{owner.user}", {"role": "member"})
    visit.refused("the last owner stays one", last, 403, 409)
    visit.refused("and cannot leave", owner.call("POST", "/v1/workspace/leave"), 403, 409)
    removed = viewer.call("DELETE", f"/v1/projects/{project['id']}", headers=fresh(viewer, project))
    visit.done("the admin deletes the project", removed, 204)
    demote = owner.call("PATCH", f"/v1/workspace/members/{viewer.user}", {"role": "viewer"})
    visit.done("the admin is a viewer again", demote)
    made = viewer.call("POST", "/v1/projects", visit.row("Project", name="Mine"))
    visit.refused("from that moment on", made, 403)


def fresh(caller: Caller, row: dict[str, Any], path: str = "/v1/projects") -> dict[str, str]:
    """The header that says which version a change is meant for."""
    etag = caller.call("GET", f"{path}/{row['id']}").etag
    return {"if-match": etag} if etag else {}


def visit_rows(visit: Visit, owner: Caller) -> dict[str, Any]:
    """Create, read, change; what is refused."""
    visit.part("Rows")
    key = {"idempotency-key": f"visit-{visit.run}"}
    body = visit.row("Project", name="Rocket")
    made = owner.call("POST", "/v1/projects", body, key)
    project: dict[str, Any] = visit.done("a project is created", made, 201)
    repeated = owner.call("POST", "/v1/projects", body, key)
    again = visit.done("sent again with its key", repeated, 200, 201)
    visit.expect("it is the same project", again["id"] == project["id"], again)
    other = owner.call("POST", "/v1/projects", body | {"name": "Other"}, key)
    visit.refused("a key is for one request", other, 409, 422)

    path = f"/v1/projects/{project['id']}"
    read = owner.call("GET", path)
    visit.expect("what was written is read", visit.done("it is there", read)["name"] == "Rocket")
    version = fresh(owner, project)
    change = owner.call("PATCH", path, {"name": "Rocket 2"}, version)
    changed = visit.done("it is changed", change)
    visit.expect("and nothing else of it", changed["id"] == project["id"], changed)
    if version:
        stale = owner.call("PATCH", path, {"name": "Rocket 3"}, version)
        visit.refused("a change of an old version is refused", stale, 412)
    bad = owner.call("POST", "/v1/projects", {"name": ""})
    visit.refused("a wrong row is refused", bad, 422)
    fields = [error.get("field") for error in bad.body.get("errors", [])]
    visit.expect("with the field's name", any("name" in str(name) for name in fields), bad.body)
    extra = owner.call("POST", "/v1/projects", body | {"is_admin": True})
    visit.refused("an unknown field is refused", extra, 422)

    return project


def visit_tasks(visit: Visit, owner: Caller, project: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that belong to another, in pages and through filters."""
    visit.part("Pages and filters")
    states = visit.choices("Task", "status")
    tasks = []
    for number in range(5):
        row = visit.row(
            "Task",
            title=f"Task {number}",
            project_id=project["id"],
            status=states[number % 2],
        )
        answer = owner.call("POST", "/v1/tasks", row)
        tasks.append(visit.done(f"task {number} is created", answer, 201))
    ids = {task["id"] for task in tasks}
    pages = visit.pages(owner, "/v1/tasks", limit=2)
    seen = [row["id"] for page in pages for row in page]
    visit.expect("no page is longer than asked", max(map(len, pages)) <= 2, pages)
    visit.expect("every row comes once", sorted(seen) == sorted(ids), seen)
    visit.refused("a limit has bounds", owner.call("GET", "/v1/tasks", limit=100_000), 422)
    forged = owner.call("GET", "/v1/tasks", cursor="no cursor")
    visit.refused("a cursor cannot be made up", forged, 400, 422)
    some = owner.call("GET", "/v1/tasks", status=states[1])
    found = visit.done("tasks are filtered by status", some)["items"]
    visit.expect("and only these come", [row["status"] for row in found] == [states[1]] * 2, found)
    mine = visit.pages(owner, "/v1/tasks", project_id=project["id"], limit=3)
    visit.expect("filters and pages go together", sum(map(len, mine)) == 5, mine)
    none = owner.call("GET", "/v1/tasks", project_id=str(uuid.uuid4()))
    visit.expect("no match is an empty page", visit.done("and", none)["items"] == [], none.text)
    unknown = owner.call("GET", "/v1/tasks", status="no such status")
    visit.refused("an impossible value is refused", unknown, 422)

    path = f"/v1/tasks/{tasks[0]['id']}"
    gone = owner.call("DELETE", path, headers=fresh(owner, tasks[0], "/v1/tasks"))
    visit.done("a task is deleted", gone, 204)
    visit.refused("and is gone", owner.call("GET", path), 404)
    return tasks[1:]


Rows = tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]


def visit_other_company(visit: Visit) -> tuple[Caller, Caller, dict[str, Any]]:
    """Company B: its owner, outside and inside of its workspace, and a task of its own."""
    visit.part("Another company")
    person = visit.person("owner-b")
    sign_up(visit, person, "its owner signs up")
    made = person.call("POST", "/v1/workspaces", {"name": "Company B"})
    rival = person.within(visit.done("and creates a workspace", made, 201)["id"])
    made = rival.call("POST", "/v1/projects", visit.row("Project", name="Balloon"))
    own = visit.done("a project of its own", made, 201)
    row = visit.row("Task", title="Their task", project_id=own["id"])
    task = visit.done("and a task", rival.call("POST", "/v1/tasks", row), 201)
    both = visit.done("each owner sees one workspace", person.call("GET", "/v1/workspaces"))
    visit.expect("of their own", [one["id"] for one in both] == [rival.workspace], both)
    return person, rival, task


def visit_unseen(visit: Visit, owner: Caller, person: Caller, rival: Caller, rows: Rows) -> None:
    """B does not see what belongs to A."""
    visit.part("B does not see A")
    project, tasks, task = rows
    listed = [found["id"] for page in visit.pages(rival, "/v1/projects") for found in page]
    visit.expect("its list has its own project alone", listed == [task["project_id"]], listed)
    listed = [found["id"] for page in visit.pages(rival, "/v1/tasks") for found in page]
    visit.expect("and its own task", listed == [task["id"]], listed)
    visit.refused("a project of A", rival.call("GET", f"/v1/projects/{project['id']}"), 404)
    for found in tasks[:2]:
        visit.refused("a task of A", rival.call("GET", f"/v1/tasks/{found['id']}"), 404)
    by_project = rival.call("GET", "/v1/tasks", project_id=project["id"])
    visit.expect("a filter by A's project", by_project.body["items"] == [], by_project.text)
    intruder = person.within(owner.workspace)
    visit.refused("A's workspace by its id", intruder.call("GET", "/v1/workspace"), 404)
    visit.refused("A's projects by its id", intruder.call("GET", "/v1/projects"), 404)
    visit.refused("A's members", intruder.call("GET", "/v1/workspace/members"), 404)
    visit.refused("A's invitations", intruder.call("GET", "/v1/invitations"), 404)


def visit_unwritten(
    visit: Visit, owner: Caller, person: Caller, rival: Caller, project: dict[str, Any]
) -> None:
    """B changes nothing that belongs to A."""
    visit.part("B does not write A")
    path = f"/v1/projects/{project['id']}"
    version = fresh(owner, project)
    visit.refused("change", rival.call("PATCH", path, {"name": "Taken"}, version), 404)
    visit.refused("delete", rival.call("DELETE", path, headers=version), 404)
    intruder = person.within(owner.workspace)
    sneaked = intruder.call("POST", "/v1/projects", visit.row("Project", name="Sneaked in"))
    visit.refused("create in A", sneaked, 404)
    body = {"name": "Company B was here"}
    visit.refused("rename A", intruder.call("PATCH", "/v1/workspace", body), 404)
    visit.refused("delete A", intruder.call("DELETE", "/v1/workspace"), 404)
    throw_out = rival.call("DELETE", f"/v1/workspace/members/{owner.user}")
    visit.refused("throw out a member of A", throw_out, 404)


def visit_unmoved(visit: Visit, owner: Caller, rival: Caller, rows: Rows) -> None:
    """B links nothing to A, and nothing moves between them."""
    visit.part("B does not link to A")
    project, tasks, task = rows
    row = visit.row("Task", title="A link", project_id=project["id"])
    visit.refused("a new task", rival.call("POST", "/v1/tasks", row), 404, 409, 422)
    path = f"/v1/tasks/{task['id']}"
    version = fresh(rival, task, "/v1/tasks")
    moved = rival.call("PATCH", path, {"project_id": project["id"]}, version)
    visit.refused("a task that is there", moved, 404, 409, 422)
    kept = visit.done("the task is as it was", rival.call("GET", path))
    visit.expect("in its own project", kept["project_id"] == task["project_id"], kept)

    visit.part("Nothing moves between A and B")
    for name in ("tenant_id", "workspace_id"):
        out = rival.call("PATCH", path, {name: owner.workspace}, version)
        visit.refused(f"by `{name}` of a change", out, 422)
        gift = visit.row("Project", name="Gift") | {name: owner.workspace}
        visit.refused(f"by `{name}` of a new row", rival.call("POST", "/v1/projects", gift), 422)
    names = [found["name"] for page in visit.pages(owner, "/v1/projects") for found in page]
    visit.expect("A has what it had", names == ["Rocket 2"], names)
    count = sum(map(len, visit.pages(owner, "/v1/tasks", limit=100)))
    visit.expect("and all its tasks", count == len(tasks), count)


def visit_end(visit: Visit, owner: Caller, viewer: Caller) -> None:
    """Leaving and deleting."""
    visit.part("The end")
    visit.done("the viewer leaves", viewer.call("POST", "/v1/workspace/leave"), 204)
    visit.refused("and sees nothing any more", viewer.call("GET", "/v1/projects"), 404)
    visit.done("the owner deletes the workspace", owner.call("DELETE", "/v1/workspace"), 204)
    visit.refused("which is gone", owner.call("GET", "/v1/projects"), 404)
    new = "another passphrase, 43"
    body = {"current": PASSWORD, "new": new, "carrier": "body"}
    person = Caller(visit.base, owner.address, owner.access)
    visit.done("a new password", person.call("POST", "/v1/auth/password", body))
    visit.refused("ends the sessions of the old one", person.call("GET", "/v1/session"), 401)
    visit.refused("and the old one itself", login(person), 401)
    visit.done("the new one works", login(person, new))


def main() -> int:
    """Visit, and say how it went."""
    parser = argparse.ArgumentParser(description="a scripted visit to the running service")
    parser.add_argument("--base-url", required=True, help="where the service listens")
    parser.add_argument("--mail", required=True, type=Path, help="folder that mail is written to")
    parser.add_argument("--openapi", required=True, type=Path, help="the service's openapi.json")
    parser.add_argument("--origin", default="http://localhost:3000", help="origin of the pages")
    chosen = parser.parse_args()
    visit = Visit(
        base=chosen.base_url.rstrip("/"),
        mail=chosen.mail,
        shapes=json.loads(chosen.openapi.read_text()),
        origin=chosen.origin,
    )
    try:
        visit_service(visit)
        owner = visit_sign_in(visit)
        visit_cookies(visit, owner)
        visit_refresh(visit, owner)
        owner = visit_workspace(visit, owner)
        viewer = visit_invitation(visit, owner)
        visit_roles(visit, owner, viewer)
        project = visit_rows(visit, owner)
        tasks = visit_tasks(visit, owner, project)
        person, rival, task = visit_other_company(visit)
        visit_unseen(visit, owner, person, rival, (project, tasks, task))
        visit_unwritten(visit, owner, person, rival, project)
        visit_unmoved(visit, owner, rival, (project, tasks, task))
        visit_end(visit, owner, viewer)
    except Surprise as surprise:
        print(f"\n  FAILED: {surprise}\n\nvisit: {visit.steps} expectations held, 1 failed")
        return 1
    except (OSError, KeyError, TypeError, AttributeError) as error:
        print(f"\n  FAILED: {type(error).__name__}: {error}\n")
        print(f"visit: {visit.steps} expectations held, 1 failed")
        return 1
    print(f"\nvisit: {visit.steps} expectations held, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
