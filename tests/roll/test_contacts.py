"""E-mail addresses of electors: read strictly, stored sealed, each of one elector alone, forgotten at the end."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from pbvote.db import Database
from pbvote.emails import email_key, is_email
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.roll.contacts import CONTACTS, forget_contacts, hash_email, open_contact
from pbvote.roll.models import Contact
from pbvote.rounds.models import Round
from pbvote.voting.timekeeper import forget_what_nobody_needs
from tests.roll.test_at_rest import files_of
from tests.roll.test_import import ROUND, clerk, look, stored, take

pytestmark = pytest.mark.new_database

__all__ = ["clerk"]

FILE = """reference,name,email
R-1,Ann,ann.quetzal@example.org
R-2,Bob,
R-3,Cai, Cai@Example.org
"""
NOT_EMAILS = [
    *("", "ann", "@example.org", "ann@", "ann@example", "ann@@example.org", "ann@exa mple.org", "a nn@example.org"),
    *("ann@example.org\nBcc: all@example.org", "ann@example.org\r", "<ann@example.org>", "Ann <ann@example.org>"),
    *("ann@example.org,bob@example.org", '"ann"@example.org', "ann(x)@example.org", "ann@[127.0.0.1]", "ann@127.0.0.1"),
    *(".ann@example.org", "ann.@example.org", "a..n@example.org", "ann@-example.org", "ann@example-.org"),
    *("ann@example..org", "ann@.example.org", "ann@example.org.", "łowe@example.org", "ann@exämple.org", "a\0@b.org"),
    *(f"{'a' * 65}@example.org", f"a@{'b' * 64}.org", f"a@{'b.' * 125}example.org"),
]


@pytest.mark.parametrize("text", NOT_EMAILS)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize(
    "text", ["ann@example.org", "A.n-n+b'c@mail.example.co.uk", f"{'a' * 64}@x1.xn--exmple-cua.org", "0@1.de"]
)
def test_what_mail_can_be_sent_to_is_taken(text: str) -> None:
    assert is_email(text)


@given(st.emails())
def test_whatever_is_taken_has_one_line_and_one_at_sign(text: str) -> None:
    for candidate in (text, f"{text}\n", f"{text}@", f" {text}"):
        if is_email(candidate):
            assert candidate.count("@") == 1
            assert candidate.isascii()
            assert candidate.isprintable()
            assert " " not in candidate


def test_case_does_not_count() -> None:
    assert email_key(" Ann@Example.ORG ") == email_key("ann@example.org")


async def test_the_file_shows_who_can_be_written_to(clerk: httpx.AsyncClient, database: Database) -> None:
    seen = await look(clerk, FILE)
    assert (seen["wrong"], seen["rows"], seen["emails"]) == (0, 3, 2)
    assert [row["email"] for row in seen["first"]] == ["ann.quetzal@example.org", "", "Cai@Example.org"]
    assert await contacts(database) == []


async def contacts(database: Database) -> list[Contact]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Contact)))


async def test_addresses_are_stored_sealed_and_come_back_with_the_keys(
    clerk: httpx.AsyncClient, database: Database, keys: Keys, database_url: str
) -> None:
    assert (await take(clerk, FILE, label="Register of Zanzibar")).status_code == 201
    found = await contacts(database)
    sealer = Sealer.of(keys.pepper, CONTACTS)
    assert {open_contact(sealer, one) for one in found} == {"ann.quetzal@example.org", "Cai@Example.org"}
    assert {one.email_hash for one in found} == {
        hash_email(keys, found[0].round_id, email) for email in ("Ann.Quetzal@example.org", "cai@example.org")
    }
    assert (await clerk.get(f"{ROUND}/roll")).json()["with_email"] == 2
    on_disk = files_of(database_url)
    assert b"Register of Zanzibar" in on_disk  # what is stored in plain is found this way
    assert b"ann.quetzal" not in on_disk


async def test_an_address_belongs_to_one_elector_of_the_round(clerk: httpx.AsyncClient, database: Database) -> None:
    await take(clerk, FILE)
    again = "reference,email\nR-8,ANN.Quetzal@example.org\nR-9,\n"
    seen = await look(clerk, again)
    assert [(problem["code"], problem["params"]) for problem in seen["problems"]] == [
        ("row_email_on_the_roll", {"line": 2, "column": "email"})
    ]
    answer = await take(clerk, again)
    assert (answer.status_code, answer.json()["code"]) == (422, "roll_file_is_wrong")
    assert await stored(database) == (1, 3, 3)


async def test_addresses_outlive_the_letters_and_are_forgotten_for_their_round_alone(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    batch = (await take(clerk, FILE)).json()["id"]
    await clerk.post(f"{ROUND}/batches/{batch}/letters", json={"made": 0})
    await clerk.post(f"{ROUND}/batches/{batch}/posted", json={"made": 1})
    kept = await contacts(database)
    assert len(kept) == 2
    async with database.session(write=True) as db:
        await forget_contacts(db, uuid4())
    assert len(await contacts(database)) == 2
    async with database.session(write=True) as db:
        await forget_contacts(db, kept[0].round_id)
    assert await contacts(database) == []


@pytest.mark.parametrize(("phase", "left"), [("published", 2), ("delivery", 2), ("closed", 0), ("cancelled", 0)])
async def test_addresses_end_at_the_latest_with_the_round(
    clerk: httpx.AsyncClient, database: Database, phase: str, left: int
) -> None:
    await take(clerk, FILE)
    async with database.session(write=True) as db:
        await db.execute(update(Round).values(phase=phase))
    await forget_what_nobody_needs(database)
    assert len(await contacts(database)) == left
