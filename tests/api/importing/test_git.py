"""Git histories, made by real git, as facts: who wrote, vouched, helped, maintained, and what is left out and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.importing.errors import GitError
from api.importing.git.commits import commits_of
from api.importing.git.facts import Place, Reading
from api.importing.git.holders import Holders
from api.importing.git.people import people_of
from api.importing.git.repository import opened
from api.importing.taking import kind_of
from schemas import check_event
from tests.api.importing.histories import ADA, BO, CY, History, trailers

if TYPE_CHECKING:
    from tests.api.test_cli import Shell

OURS = Path(__file__).resolve().parents[3]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "garden")


def events_of(path: Path, ref: str = "HEAD", *, merges: bool = False) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return what a history becomes, each event held against its schema, and what was left out."""
    with opened(path, ref) as repository, people_of(repository) as people:
        place = Place(repository.name, "gardeners", "https://git.example/{}")
        reading, holders = Reading(place, people), Holders(repository, place, people)
        events = [event for commit in commits_of(repository, merges=merges) for event in reading.events(commit)]
        events += holders.events()
    assert [faults for event in events if (faults := check_event(event, community="gardeners"))] == []
    assert len({event["id"] for event in events}) == len(events)
    return events, reading.left + holders.left


def acts(events: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return events in short: type, what of that type, by whom, and for whom."""
    told = []
    for event in events:
        data = event["data"]
        what = data.get("role") or data.get("strength") or data.get("kind") or data["change"]
        people = [data[name]["id"] for name in ("author", "endorser", "member", "endorsee", "account") if name in data]
        told.append((kind_of(event), what, *people))
    return told


def test_a_commit_is_its_authors_and_trailers_are_what_they_say(history: History) -> None:
    made = history.commit(
        ADA,
        trailers(
            f"Reviewed-by: {BO}",
            f"acked-by: {CY}",
            f"Tested-by: {CY}",
            f"Tested-by: {CY}",
            "Reported-by: Di <di@example.org>",
            f"Suggested-by: {BO}",
            f"Helped-by: {BO}",
            f"Mentored-by: {CY}",
            "Co-authored-by: Eve <eve@example.org>",
            f"Signed-off-by: {ADA}",
            subject="Seeds/cold: sow early",
        ),
    )
    events, left = events_of(history.folder)
    assert acts(events) == [
        ("contribution", "code", "ada@example.org"),
        ("endorsement", "review", "bo@example.org", "ada@example.org"),
        ("endorsement", "attest", "cy@example.org", "ada@example.org"),
        ("endorsement", "attest", "cy@example.org", "ada@example.org"),
        ("contribution", "reporter", "di@example.org"),
        ("contribution", "suggester", "bo@example.org"),
        ("contribution", "helper", "bo@example.org"),
        ("contribution", "mentor", "cy@example.org"),
    ]
    assert left == {"trailers said twice": 1}
    code, mentored = events[0], events[-1]
    assert (code["id"], code["time"]) == (made, "2026-03-02T04:30:00Z")
    assert code["data"] == {
        "author": {"platform": "git", "id": "ada@example.org", "name": "Ada", "email": "ada@example.org"},
        "coauthors": [{"platform": "git", "id": "eve@example.org", "name": "Eve", "email": "eve@example.org"}],
        "item": f"git:garden/{made}",
        "kind": "code",
        "outcome": "merged",
        "title": "Seeds/cold: sow early",
        "url": f"https://git.example/{made}",
        "space": "seeds/cold",
    }
    assert mentored["data"]["kind"] == "mentoring"
    assert mentored["data"]["about"] == f"git:garden/{made}"
    assert mentored["data"]["beneficiaries"][0]["id"] == "ada@example.org"


def test_oneself_programs_and_nobody_are_left_out_and_said(history: History) -> None:
    history.commit(
        ADA,
        trailers(f"Reviewed-by: {ADA}", "Reviewed-by: nobody in particular", "Acked-by: renovate[bot] <r@x.example>"),
    )
    history.commit("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", "Bump")
    history.commit(
        "Bo <1+bo@users.noreply.github.com>", "A person\n\nReviewed-by: in the text, not a trailer <a@b.example>\n\nend"
    )
    events, left = events_of(history.folder)
    assert [act[2] for act in acts(events)] == ["ada@example.org", "1+bo@users.noreply.github.com"]
    assert left == {
        "trailers of oneself": 1,
        "trailers without address": 1,
        "trailers of programs": 1,
        "commits by programs": 1,
    }


def test_the_mailmap_says_who_is_one_person_and_git_agrees(history: History) -> None:
    history.commit("ada <ada@old.example>", trailers(f"Reviewed-by: {ADA}", f"Reviewed-by: {BO}"))
    history.commit("Cy <shared@example.org>", "one at a shared address")
    history.commit("Di <shared@example.org>", "another there")
    history.commit("Eve <eve@example.org>", "who asks for no mail")
    mailmap = (
        "Ada Lovelace <ada@example.org> <ada@old.example>\nCy <cy@example.org> Cy <shared@example.org>\n"
        "Nobody writes <noreply@example.com> <eve@example.org>\n"
    )
    history.commit(BO, "who is who", **{".mailmap": mailmap})
    events, left = events_of(history.folder)
    assert acts(events)[:3] == [
        ("identity", "linked", "ada@example.org", "ada@old.example"),
        ("contribution", "code", "ada@old.example"),
        ("endorsement", "review", "bo@example.org", "ada@old.example"),
    ]
    assert left == {"trailers of oneself": 1}
    authors = [event["data"]["author"] for event in events if "author" in event["data"]]
    assert [each["id"] for each in authors[1:4]] == ["cy@example.org", "shared@example.org", "eve@example.org"]
    assert authors[0]["name"] == "Ada Lovelace"
    assert "email" not in authors[3]
    with opened(history.folder) as repository, people_of(repository) as people:
        for line in history.git("log", "--format=%an%x09%ae%x09%aN%x09%aE").splitlines():
            name, mail, proper_name, proper = line.split("\t")
            person = people.of(name, mail)
            assert person is not None
            if person.mailed:
                assert (person.name, person.proper) == (proper_name, proper)


def test_merges_and_reverts(history: History) -> None:
    first = history.commit(ADA, "beds: dig", a="1")
    history.git("checkout", "--quiet", "-b", "side")
    history.commit(BO, "side work", b="1")
    history.git("checkout", "--quiet", "main")
    history.commit(CY, f'Revert "beds: dig"\n\nThis reverts commit {first}.\n', a="2")
    history.git("merge", "--quiet", "--no-edit", "side", GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.org")
    plain, _ = events_of(history.folder)
    assert sorted(act[2] for act in acts(plain)) == ["ada@example.org", "bo@example.org", "cy@example.org"]
    (reverting,) = [event for event in plain if "about" in event["data"]]
    assert reverting["data"]["about"] == f"git:garden/{first}"
    merged, _ = events_of(history.folder, merges=True)
    assert acts(merged)[-1] == ("contribution", "merger", "ada@example.org")
    assert events_of(history.folder, "side")[0] == plain[:1] + [
        event for event in plain if event["data"]["author"]["id"] == "bo@example.org"
    ]


def test_lists_of_maintainers_are_assignments_that_begin_and_end(history: History) -> None:
    listed = "SEEDS\nM:\tAda <ada@example.org>\nR:\tBo <bo@example.org>\nF:\tseeds/\n"
    history.commit(ADA, "lists", MAINTAINERS=listed, CODEOWNERS="* @octo @org/team cy@example.org # all\n")
    history.commit(ADA, "the same in another order", MAINTAINERS=listed + "\nSHEDS\nM: Ada <ada@example.org>\n")
    history.commit(
        BO,
        "Bo follows",
        MAINTAINERS=listed.replace("M:\tAda <ada", "M:\tBo <bo").replace("R:\tBo <bo@example.org>\n", ""),
    )
    history.commit(CY, "a shed", sheds__MAINTAINERS="SHED\nM: Cy <cy@example.org>\n")
    (history.folder / "CODEOWNERS").unlink()
    history.commit(CY, "no owners")
    events, left = events_of(history.folder)
    told = [
        (event["time"][:10], event["data"]["change"], event["data"]["value"], event["data"]["member"]["id"])
        for event in events
        if kind_of(event) == "assignment"
    ]
    assert told == [
        ("2026-03-02", "started", "code-owner", "@octo"),
        ("2026-03-02", "started", "code-owner", "cy@example.org"),
        ("2026-03-02", "started", "maintainer", "ada@example.org"),
        ("2026-03-02", "started", "reviewer", "bo@example.org"),
        ("2026-03-04", "ended", "maintainer", "ada@example.org"),
        ("2026-03-04", "ended", "reviewer", "bo@example.org"),
        ("2026-03-04", "started", "maintainer", "bo@example.org"),
        ("2026-03-05", "started", "area-maintainer", "cy@example.org"),
        ("2026-03-06", "ended", "code-owner", "@octo"),
        ("2026-03-06", "ended", "code-owner", "cy@example.org"),
    ]
    assert left == {"owners that are teams": 1}


def test_nothing_in_a_repository_is_run(history: History, tmp_path: Path) -> None:
    mark, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    history.commit(
        ADA,
        trailers(f"Reviewed-by: {BO}"),
        MAINTAINERS="M: Ada <ada@example.org>\n",
        **{".gitattributes": "* diff=x filter=x\n"},
    )
    hooks = history.folder / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "fsmonitor-watchman", "post-index-change", "reference-transaction"):
        (hooks / name).symlink_to(program)
    for name in (
        "core.fsmonitor", "core.hooksPath", "core.pager", "pager.log", "gpg.program", "diff.external",
        "diff.x.textconv",
        "core.sshCommand", "filter.x.smudge", "trailer.reviewed-by.command", "core.alternateRefsCommand", "alias.log",
    ):  # fmt: skip
        history.git("config", name, str(hooks if name == "core.hooksPath" else program))
    history.git("config", "log.showSignature", "true")
    history.git("config", "mailmap.file", str(program))
    history.git("config", "remote.origin.url", "https://user:word@git.example/of/Orchard.git")
    history.git("config", "format.pretty", "oneline")
    events, _ = events_of(history.folder)
    assert len(events) == len(("code", "review", "maintainer"))
    assert events[0]["source"] == "git:Orchard"
    assert not mark.exists()


def test_what_is_no_repository_or_no_commit_is_said(history: History, tmp_path: Path) -> None:
    history.commit(ADA, "one")
    inside = history.folder / "inside"
    inside.mkdir()
    for path, ref, words in (
        (tmp_path / "nowhere", "HEAD", "wanted the folder of a git repository"),
        (tmp_path, "HEAD", "wanted a git repository"),
        (inside, "HEAD", "wanted a git repository"),
        (history.folder, "--output=x", "wanted a branch, a tag or a commit"),
        (history.folder, "nothing", "wanted a branch, a tag or a commit"),
        (history.folder, "", "wanted a branch, a tag or a commit"),
        (history.folder, "a\0b", "wanted a branch, a tag or a commit"),
    ):
        with pytest.raises(GitError, match=words), opened(path, ref):
            pass
    shallow = tmp_path / "shallow"
    history.commit(BO, "two")
    history.git("clone", "--quiet", "--depth=1", "--template=", f"file://{history.folder}", str(shallow))
    with opened(shallow) as repository:
        assert (repository.shallow, repository.name) == (True, "garden")
    assert [act[2] for act in acts(events_of(shallow)[0])] == ["bo@example.org"]
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    bare = tmp_path / "-bare.git"
    history.git("clone", "--quiet", "--bare", "--template=", str(history.folder), str(bare))
    assert len(events_of(bare)[0]) == 1
    linked = tmp_path / "a linked tree, ö"
    history.git("worktree", "add", "--quiet", "--detach", str(linked))
    (linked_event,) = events_of(linked)[0]
    assert linked_event["source"] == "git:a-linked-tree"


def test_to_import_again_is_harmless_and_what_is_new_is_found(history: History, shell: Shell) -> None:
    history.commit(ADA, trailers(f"Reviewed-by: {BO}"), MAINTAINERS="M: Ada <ada@example.org>\n")
    words = ("import", "git", str(history.folder), "--community", "gardeners")
    seen = shell.json(*words, "--preview")
    assert (seen["facts"], seen["stored"], seen["opened"]) == (
        {"assignment": 1, "contribution": 1, "endorsement": 1},
        3,
        False,
    )
    first = shell.json(*words)
    assert (first["stored"], first["opened"], first["people"], first["lost"]) == (3, True, 2, [])
    again = shell.json(*words)
    assert (again["stored"], again["duplicate"], again["conflict"]) == (0, 3, 0)
    history.git("checkout", "--quiet", "-b", "side", "HEAD")
    history.commit(
        "ada <ada@old.example>",
        trailers(f"Tested-by: {CY}"),
        **{".mailmap": "Ada <ada@example.org> <ada@old.example>\n"},
    )
    last = shell.json("import", "git", str(history.folder), "--since-last")
    assert (last["read"], last["facts"]) == (1, {"contribution": 1, "endorsement": 1, "identity": 1})
    whole = shell.json(*words)
    assert (whole["stored"], whole["duplicate"], whole["conflict"], whole["refused"]) == (0, 6, 0, 0)
    history.git("commit", "--quiet", "--amend", "--message=another", GIT_COMMITTER_DATE="2026-03-20T00:00:00Z")
    told = shell(*words, "--since-last").stdout
    assert "Its history was rewritten" in told
    assert "1 read" in told
    plain = shell(*words, "--preview").stdout
    assert "would be recorded" in plain
    assert "--name: wanted 1 to 100 of" in shell(*words, "--name", "my garden", code=1).stderr
    assert "wanted an http or https address" in shell(*words, "--link", "git.example", code=1).stderr
    assert "wanted a git repository" in shell("import", "git", str(history.folder.parent), "--preview", code=1).stderr


def test_what_is_not_whole_ends_with_words(history: History, tmp_path: Path) -> None:
    history.git("init", "--quiet", "--object-format=sha256", str(tmp_path / "longer"))
    longer = tmp_path / "longer"
    history.git("-C", str(longer), "commit", "--quiet", "--allow-empty", "--message=one", f"--author={ADA}")
    assert len(events_of(longer)[0][0]["id"]) == len("0" * 64)
    first = history.commit(ADA, "one", MAINTAINERS="M: Ada <ada@example.org>\n")
    history.commit(BO, "two")
    with opened(history.folder) as repository, people_of(repository) as people:
        holders = Holders(repository, Place("x", "gardeners"), people, largest=3)
        assert list(holders.events()) == []
        assert holders.left == {"lists larger than 3 bytes": 1}
    (history.folder / ".git" / "objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(GitError, match="git log: "):
        events_of(history.folder)


def test_our_own_history() -> None:
    if not (OURS / ".git").exists():
        pytest.skip("wants this repository's own history, which is not here")
    events, left = events_of(OURS)
    assert len([event for event in events if kind_of(event) == "contribution"]) > 0
    assert left.keys() <= {"commits by programs", "trailers of programs", "trailers of oneself"}
