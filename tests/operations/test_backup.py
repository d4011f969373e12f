"""Backups: consistent, checked by reading them back, without keys, and never half of one under a good name."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from pbvote.db import Database
from pbvote.errors import SettingsError
from pbvote.keys import Keys
from pbvote.operations import backup as backups
from pbvote.operations import snapshot
from pbvote.operations.backup import Backup, check, make_backup, note
from pbvote.operations.lately import last_backup
from pbvote.operations.manifest import DATABASE, MANIFEST, BackupIsDamaged, Manifest, part_of
from pbvote.operations.rows import postgresql_rows
from pbvote.settings import Settings
from tests.conftest import SettableClock
from tests.operations.kept import Vote, begin_a_vote, vote_with


@pytest.fixture
async def vote(database: Database, keys: Keys, clock: SettableClock) -> Vote:
    return await begin_a_vote(database, keys, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_refuses_a_place_where_no_backup_may_lie(settings: Settings, vote: Vote, folder: Path) -> None:
    del vote
    taken = folder / "taken"
    taken.write_text("something")
    for target in (folder / "none" / "backup", settings.keys_dir, settings.keys_dir / "backup", taken):
        with pytest.raises(SettingsError):
            await make_backup(settings, target)
    assert taken.read_text() == "something"
    assert names(folder) == {"taken"}


async def test_a_backup_says_what_it_is_and_is_for_its_owner_only(settings: Settings, vote: Vote, folder: Path) -> None:
    made = await make_backup(settings, folder)
    assert made.file.parent == folder
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert names(folder) == {made.file.name}
    manifest = made.manifest
    assert manifest.installation == "vote.example.org"
    assert manifest.database == ("sqlite" if settings.embedded else "postgresql")
    assert manifest.tables["slots"].rows == 28
    assert (manifest.tables["sealed_ballots"].rows, manifest.tables["waiting_ballots"].rows) == (25, 3)
    log = manifest.logs[str(vote.poll)]
    assert (log.size, log.origin) == (27, f"vote.example.org/{vote.poll}")
    assert log.checkpoint.startswith(f"{log.origin}\n27\n")
    assert f"polls/{vote.poll}.link" in manifest.keys


async def test_holds_no_key(settings: Settings, keys: Keys, vote: Vote, folder: Path) -> None:
    content = (await make_backup(settings, folder)).file.read_bytes()
    del vote
    secrets = {file: file.read_text().strip() for file in settings.keys_dir.rglob("*") if file.is_file()}
    assert len(secrets) == 6
    for file, secret in secrets.items():
        if not file.name.endswith(".seal.pub"):  # which is no secret
            assert secret.encode() not in content, file
            assert bytes.fromhex(secret) not in content if "+" not in secret else True, file
    assert keys.sign.private.private_bytes_raw() not in content


async def test_is_of_one_instant_while_votes_come_in(
    settings: Settings, database: Database, keys: Keys, vote: Vote, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of copying somebody votes: the backup has all of that vote or, as here, nothing of it."""
    if settings.embedded:
        real = sqlite3.connect

        def between(*_: object) -> None:
            with real(settings.database_file or "") as other:
                other.execute("UPDATE rounds SET title = title || '!'")

        monkeypatch.setattr(snapshot, "PAGES_AT_ONCE", 20)
        monkeypatch.setattr(snapshot, "_rest", between)
        made = await make_backup(settings, folder)
        with sqlite3.connect(settings.database_file or "") as now:
            assert now.execute("SELECT title FROM rounds").fetchone()[0].count("!") > 3
    else:
        rows = postgresql_rows

        def slowly(source: object, table: str) -> object:
            with snapshot.connection_to(settings.database_url) as other:
                other.execute("UPDATE rounds SET title = title || '!'")
            return rows(source, table)  # type: ignore[arg-type]

        monkeypatch.setattr(snapshot, "postgresql_rows", slowly)
        made = await make_backup(settings, folder)
    with zipfile.ZipFile(made.file) as archive:
        archive.extract(DATABASE, folder)
    with sqlite3.connect(folder / DATABASE) as kept:
        assert "!" not in kept.execute("SELECT title FROM rounds").fetchone()[0]
    await vote_with(database, keys, vote, 28, 30)


def packed_again(made: Backup, change: Callable[[sqlite3.Connection], object], *, honest: bool) -> Path:
    """The backup with something changed in its database; with `honest`, its manifest says the new digest."""
    work = made.file.parent / "work"
    work.mkdir()
    with zipfile.ZipFile(made.file) as archive:
        archive.extractall(work)
    with sqlite3.connect(work / DATABASE) as connection:
        for table in ("log_leaves", "log_checkpoints"):
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table]
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        change(connection)
    connection.close()
    manifest = msgspec.json.decode((work / MANIFEST).read_bytes(), type=Manifest)
    if honest:
        manifest = msgspec.structs.replace(manifest, parts={DATABASE: part_of(work / DATABASE)})
    changed = made.file.parent / "changed"
    with zipfile.ZipFile(changed, "w") as archive:
        archive.write(work / DATABASE, DATABASE)
        archive.writestr(MANIFEST, msgspec.json.encode(manifest))
    return changed


CHANGES: dict[str, str] = {
    "a leaf": "UPDATE log_leaves SET leaf = 'ballot ' || lower(hex(randomblob(32))) WHERE number = 7",
    "a leaf at the end": "DELETE FROM log_leaves WHERE number = 26",
    "a ballot": "DELETE FROM sealed_ballots WHERE commitment = (SELECT min(commitment) FROM sealed_ballots)",
    "the checkpoint": "UPDATE log_checkpoints SET note = replace(note, char(10) || '27' || char(10), char(10) || '26')",
    "a slot": "DELETE FROM slots WHERE slot = (SELECT min(slot) FROM slots)",
    "a round's words": "UPDATE rounds SET title = 'Another'",
    "the schema": "UPDATE alembic_version SET version_num = '0001'",
    "the round of a poll": "DELETE FROM rounds",
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_changed_database_is_found_even_if_the_digest_of_the_file_was_changed_too(
    settings: Settings, vote: Vote, folder: Path, tmp_path: Path, what: str
) -> None:
    del vote
    made = await make_backup(settings, folder)
    changed = packed_again(made, lambda db: db.executescript("PRAGMA foreign_keys = OFF;" + CHANGES[what]), honest=True)
    with pytest.raises(BackupIsDamaged):
        check(changed, tmp_path)


async def test_one_that_was_packed_again_without_a_change_is_good(
    settings: Settings, vote: Vote, folder: Path, tmp_path: Path
) -> None:
    """The negative control of the one above, and of its other half: the digest of the file is looked at too."""
    del vote
    made = await make_backup(settings, folder)
    assert check(packed_again(made, lambda _: None, honest=True), tmp_path).tables == made.manifest.tables
    (folder / "changed").unlink()
    with zipfile.ZipFile(made.file) as archive:
        stored = archive.read(DATABASE)
        said = archive.read(MANIFEST)
    with zipfile.ZipFile(folder / "changed", "w") as archive:
        archive.writestr(DATABASE, stored[:-1] + b"\x01")
        archive.writestr(MANIFEST, said)
    with pytest.raises(BackupIsDamaged):
        check(folder / "changed", tmp_path)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9, 0.99])
async def test_one_that_was_cut_off_or_rotted_is_found(
    settings: Settings, vote: Vote, folder: Path, tmp_path: Path, part: float
) -> None:
    del vote
    content = (await make_backup(settings, folder)).file.read_bytes()
    bad = folder / "bad"
    place = int(len(content) * part)
    for wrong in (content[:place], content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]):
        bad.write_bytes(wrong)
        with pytest.raises(BackupIsDamaged):
            check(bad, tmp_path)


async def test_nothing_stands_under_the_good_name_when_it_goes_wrong(
    settings: Settings, vote: Vote, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del vote

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("pack", "check"):
        with monkeypatch.context() as patched:
            patched.setattr(backups, name, full)
            with pytest.raises(OSError, match="No space"):
                await make_backup(settings, folder)
        assert names(folder) == set()


async def test_what_was_lost_on_the_way_is_noticed(
    settings: Settings, vote: Vote, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that lacks a row is no backup, although the file is whole."""
    del vote
    real = snapshot.take

    async def lossy(url: str, target: Path) -> snapshot.Snapshot:
        seen = await real(url, target)
        with sqlite3.connect(target) as copy:
            copy.execute("DELETE FROM slots WHERE slot = (SELECT min(slot) FROM slots)")
        copy.close()
        return seen

    monkeypatch.setattr(snapshot, "take", lossy)
    with pytest.raises(BackupIsDamaged, match="slots"):
        await make_backup(settings, folder)
    assert names(folder) == set()


async def test_refuses_to_take_the_room_that_votes_need(
    settings: Settings, vote: Vote, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del vote
    if settings.embedded:
        monkeypatch.setattr(backups, "LOW", 1 << 60)
        with pytest.raises(SettingsError, match="not enough room"):
            await make_backup(settings, folder)
        monkeypatch.undo()
    await make_backup(settings, folder)


async def test_a_backup_can_be_made_where_keys_cannot_be_read(settings: Settings, vote: Vote, folder: Path) -> None:
    del vote
    for file in settings.keys_dir.glob("*.key"):
        file.unlink()
    made = await make_backup(settings, folder)
    assert {name.partition("/")[0] for name in made.manifest.keys} == {"polls"}


async def test_keeps_as_many_as_asked_for_and_touches_no_other_file(
    settings: Settings, vote: Vote, folder: Path
) -> None:
    del vote
    (folder / "notes.txt").write_text("mine")
    (folder / "other.example.org-2020-01-01T00-00-00-000000Z.pbbackup").write_text("another installation's")
    first = await make_backup(settings, folder)
    second = await make_backup(settings, folder)
    assert first.file.exists()
    third = await make_backup(settings, folder, keep=2)
    assert third.removed == [first.file]
    assert {second.file.name, third.file.name, "notes.txt"} < names(folder)
    assert len(names(folder)) == 4


async def test_its_age_is_known_from_the_audit_log(
    settings: Settings, database: Database, vote: Vote, folder: Path
) -> None:
    del vote
    async with database.session(write=False) as db:
        assert await last_backup(db) is None
    made = await make_backup(settings, folder)
    await note(database, made)
    async with database.session(write=False) as db:
        assert await last_backup(db) == made.manifest.made_at


def environment(settings: Settings) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PBVOTE_DATA_DIR": str(settings.data_dir),
        "PBVOTE_KEYS_DIR": str(settings.keys_dir),
        "PBVOTE_DATABASE_URL": settings.database_url,
        "PBVOTE_BASE_URL": settings.base_url,
    }


def pbvote(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pbvote", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment(settings), cwd=root, timeout=120
    )


async def test_the_command_backs_up_and_says_so(
    settings: Settings, database: Database, vote: Vote, folder: Path
) -> None:
    del vote
    done = pbvote(settings, "backup", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Read back and good" in done.stdout
    assert len(names(folder)) == 1
    async with database.session(write=False) as db:
        assert await last_backup(db) is not None
        kinds = (await db.execute(text("SELECT data FROM audit_events WHERE kind = 'backup_made'"))).scalars().all()
    assert len(kinds) == 1
    assert "sha256" in (kinds[0] if isinstance(kinds[0], dict) else json.loads(kinds[0]))


def test_the_command_says_what_is_wrong_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    refused = pbvote(settings, "backup", str(tmp_path / "none" / "file"))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("pbvote: There is no folder")
    refused = pbvote(settings, "backup", "--keep", "3", str(tmp_path / "file"))
    assert refused.returncode == 2
    assert "--keep" in refused.stderr
    if settings.database_file:
        settings.database_file.unlink()
        refused = pbvote(settings, "backup", str(tmp_path))
        assert (refused.returncode, "There is no database" in refused.stderr) == (2, True)
        assert not settings.database_file.exists()


def test_a_zip_of_something_else_is_no_backup(tmp_path: Path) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    (tmp_path / "holiday.zip").write_bytes(other.getvalue())
    with pytest.raises(BackupIsDamaged, match="no backup"):
        check(tmp_path / "holiday.zip", tmp_path)
