"""Places in the hall through HTTP: numbered, never two with one number, and the first who waits gets a free one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.nights import guests
from pbvote.nights.models import Guest, Night
from pbvote.nights.work import forget_past_guests
from pbvote.notices.sending import send_waiting
from pbvote.rounds.models import Round
from pbvote.settings import Mail, Settings
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.nights.evening import KIM, NIGHT, PLAN, ROUND, plan_a_night, take_place
from tests.notices.test_sending import Postbox
from tests.roll.test_at_rest import files_of
from tests.test_plain_reading import read, rows, text_of

pytestmark = pytest.mark.new_database

PLACES, PEOPLE = 40, 60


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a way out for e-mail."""
    return replace(settings, mail=Mail("votes@example.org", folder=tmp_path / "mail"))


@pytest.fixture
async def organiser(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    async with browser(app) as opened:
        await let_in(database, opened, "organiser@example.org")
        yield opened


@pytest.fixture
async def night(organiser: httpx.AsyncClient) -> httpx.AsyncClient:
    """A night for three, and its organiser."""
    await plan_a_night(organiser)
    return organiser


async def post(database: Database, keys: Keys) -> list[tuple[str, str, str]]:
    """What is sent now: to whom, about what, and what it says."""
    postbox = Postbox()
    await send_waiting(database, keys, postbox)
    return [(to, str(mail["subject"]), str(mail.get_content())) for to, mail in postbox.taken]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": ""}, "name", "text_missing"),
        ({"name": "K" * 81}, "name", "text_too_long"),
        ({"email": "kim at example"}, "email", "bad_email"),
        ({"email": "kim@example.org\nBcc: all@example.org"}, "email", "text_not_plain"),
    ],
)
async def test_what_cannot_be_used_is_refused(
    client: httpx.AsyncClient, night: httpx.AsyncClient, changes: dict[str, str], field: str, code: str
) -> None:
    assert night
    answer = await client.post(f"{NIGHT}/guests", json={**KIM, **changes})
    assert answer.status_code == 400
    assert (field, code) in {(reason["field"], reason["code"]) for reason in answer.json()["reasons"]}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"doors": "2026-03-29T01:30", "begins": "2026-03-29T01:45"}, "begins", "time_does_not_exist"),
        ({"doors": "2026-03-20T19:30"}, "doors", "doors_too_late"),
        ({"doors": "2026-02-20T18:30", "begins": "2026-02-20T19:00"}, "begins", "date_in_the_past"),
        ({"places": 0}, "places", "places_out_of_range"),
        ({"place": " "}, "place", "text_missing"),
    ],
)
async def test_a_night_that_cannot_be_is_refused(
    organiser: httpx.AsyncClient, changes: dict[str, object], field: str, code: str
) -> None:
    answer = await organiser.put(NIGHT, json={**PLAN, **changes})
    assert answer.status_code == 400
    assert (field, code) in {(reason["field"], reason["code"]) for reason in answer.json()["reasons"]}
    assert (await organiser.get(NIGHT)).json()["night"] is None


async def test_a_round_without_a_night_gives_no_places(client: httpx.AsyncClient, organiser: httpx.AsyncClient) -> None:
    assert organiser
    assert (await client.post(f"{NIGHT}/guests", json=KIM)).status_code == 404
    shown = await client.get(NIGHT)
    assert (shown.status_code, shown.json()["night"]) == (200, None)


async def test_without_javascript_everybody_reads_when_where_and_who_presents(
    client: httpx.AsyncClient, organiser: httpx.AsyncClient
) -> None:
    address = f"/en/r/{ROUND.rpartition('/')[2]}/plain/night"
    assert (await client.get(address)).status_code == 404
    await plan_a_night(organiser, place="Mill <Lane> Hall")
    page = await read(client, address)
    said = text_of(page)
    for words in ("Friday 20 March 2026, 19:00", "Mill <Lane> Hall", "3 of 3 places are left.", "Ten throws of a die"):
        assert words in said
    assert ["19:10", "1. Proposal 1 Mill Lane Hall committee", "3"] in rows(page)
    assert (await client.get(f"{address}/nothing")).status_code == 404


async def test_whoever_changed_the_night_first_is_not_overwritten(night: httpx.AsyncClient) -> None:
    again = await night.put(NIGHT, json=PLAN)
    assert (again.status_code, again.json()["code"]) == (409, "changed_by_somebody_else")


async def test_places_are_numbered_and_the_first_who_waits_gets_a_free_one_and_is_told(
    client: httpx.AsyncClient, night: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    taken = [await take_place(client, name=f"Guest {number}", email="") for number in range(1, 4)]
    assert [one["number"] for one in taken] == [1, 2, 3]
    first = await take_place(client, name="First in line")
    second = await take_place(client, name="Second in line", email="")
    assert [(one["number"], one["waiting"]) for one in (first, second)] == [(None, 1), (None, 2)]
    shown = (await client.get(NIGHT)).json()["night"]
    assert [shown[name] for name in ("places", "taken", "waiting", "open")] == [3, 3, 2, True]
    back = await client.post(f"{NIGHT}/guests/give-back", json={"key": str(taken[1]["key"]).lower()})
    assert back.status_code == 204
    assert (await client.post(f"{NIGHT}/guests/look", json={"key": first["key"]})).json() == {
        "number": 2,
        "waiting": None,
    }
    assert (await client.post(f"{NIGHT}/guests/look", json={"key": second["key"]})).json()["waiting"] == 1
    [(to, subject, text)] = await post(database, keys)
    assert (to, "place 2" in text, "Mill Lane Hall" in text) == (KIM["email"], True, True)
    assert subject == "You have a place: Harbourside budget 2026"
    gone = await client.post(f"{NIGHT}/guests/look", json={"key": taken[1]["key"]})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_place_key")
    # A larger hall has room for the other one, too; it cannot become smaller than the highest number.
    assert (await night.put(NIGHT, json={**PLAN, "places": 4, "version": 1})).json()["round"]["night"]["waiting"] == 0
    smaller = await night.put(NIGHT, json={**PLAN, "places": 3, "version": 2})
    assert smaller.json()["reasons"][0]["code"] == "places_taken"


async def test_guests_are_told_of_another_place_and_that_the_night_is_off(
    client: httpx.AsyncClient, night: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    await take_place(client)
    await take_place(client, email="")
    await night.put(NIGHT, json={**PLAN, "access": "A lift.", "version": 1})
    assert await post(database, keys) == []
    await night.put(NIGHT, json={**PLAN, "place": "Castle Hall", "version": 2})
    [(to, _, text)] = await post(database, keys)
    assert (to, "Castle Hall" in text) == (KIM["email"], True)
    off = await night.post(f"{NIGHT}/call-off", json={"reason": "Snow."})
    assert off.json()["round"]["night"]["called_off"] == "Snow."
    assert [("Snow." in text) for _, _, text in await post(database, keys)] == [True]
    refused = await client.post(f"{NIGHT}/guests", json=KIM)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_places_now")


async def test_nothing_about_guests_is_on_the_disk_or_in_the_audit_trail(
    client: httpx.AsyncClient, night: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    assert night
    key = str((await take_place(client))["key"])
    stored = files_of(database_url)
    assert b"Mill Lane Hall" in stored  # what is stored in plain is found this way
    said = (*KIM.values(), key, key.replace("-", ""))
    assert [one for one in said if one.encode() in stored] == []
    async with database.session(write=False) as db:
        events = [str(data) for data in await db.scalars(select(AuditEvent.data))]
    assert [one for one in said for data in events if one in data] == []


async def test_guests_are_forgotten_thirty_days_after_the_night(
    client: httpx.AsyncClient, night: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    assert night
    await take_place(client)

    async def there() -> int:
        await forget_past_guests(database)
        async with database.session(write=False) as db:
            return len(list(await db.scalars(select(Guest))))

    clock.advance(days=19)  # the night is over
    assert (await client.post(f"{NIGHT}/guests", json=KIM)).json()["code"] == "no_places_now"
    clock.advance(days=29)
    assert await there() == 1
    clock.advance(days=1)
    assert await there() == 0
    async with database.session(write=False) as db:
        kinds = list(await db.scalars(select(AuditEvent.kind).where(AuditEvent.kind == "night_guests_forgotten")))
    assert len(kinds) == 1
    assert await there() == 0


async def storm(database: Database, keys: Keys) -> list[int | None]:
    """Sixty people ask for forty places at once, ten of whom give theirs back at the same time; every number."""

    async def ask(name: str) -> str:
        async with database.session(write=True) as db:
            round_ = (await db.scalars(select(Round))).one()
            _, key = await guests.take_place(db, keys, round_, guests.GuestBody(name, "", "", ""))
            return key

    async def give_back(key: str) -> None:
        async with database.session(write=True) as db:
            round_ = (await db.scalars(select(Round))).one()
            guest = await guests.find_guest(db, keys, round_, key)
            await guests.give_back(db, keys, None, round_, guest.id)

    early = [await ask(f"Early {number}") for number in range(10)]
    await asyncio.gather(*(ask(f"Guest {number}") for number in range(PEOPLE)), *map(give_back, early))
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Guest.number)))


def holds(numbers: list[int | None]) -> bool:
    """What must be true after a storm: each of the forty numbers once, and everybody else waits."""
    given = Counter(number for number in numbers if number is not None)
    return given == Counter(range(1, PLACES + 1)) and len(numbers) == PEOPLE


async def test_sixty_people_for_forty_places_and_never_two_with_one_number(
    organiser: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    await plan_a_night(organiser, places=PLACES)
    assert holds(await storm(database, keys))


async def test_without_lock_and_key_the_same_storm_gives_a_number_twice(
    organiser: httpx.AsyncClient, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, who cannot be taken away")

    async def unlocked(db: AsyncSession, round_: Round) -> Night:
        return (await db.scalars(select(Night).where(Night.round_id == round_.id))).one()

    await plan_a_night(organiser, places=PLACES)
    async with database.session(write=True) as db:
        for name in ("uq_night_guests_round_id_number", "uq_night_guests_round_id_turn"):
            await db.execute(sa.text(f"ALTER TABLE night_guests DROP CONSTRAINT {name}"))
    monkeypatch.setattr(guests, "lock_night", unlocked)
    numbers = await storm(database, keys)
    assert not holds(numbers)
    assert max(Counter(number for number in numbers if number is not None).values()) > 1


async def test_a_number_rests_on_a_key_of_the_database(
    client: httpx.AsyncClient, night: httpx.AsyncClient, database: Database
) -> None:
    assert night
    await take_place(client)
    await take_place(client)
    with pytest.raises(sa.exc.IntegrityError):
        async with database.session(write=True) as db:
            await db.execute(sa.update(Guest).values(number=1))


async def test_too_many_wrong_keys_have_to_wait(client: httpx.AsyncClient, night: httpx.AsyncClient) -> None:
    assert night
    key = (await take_place(client))["key"]
    tried = [await client.post(f"{NIGHT}/guests/look", json={"key": "0000-0000-0000"}) for _ in range(21)]
    assert [answer.status_code for answer in tried] == [404] * 20 + [429]
    assert (await client.post(f"{NIGHT}/guests/look", json={"key": key})).status_code == 200


async def test_the_officers_list_has_the_nights_that_are_not_over(
    night: httpx.AsyncClient, client: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    await take_place(client)
    [listed] = (await night.get("/api/officer/nights")).json()["items"]
    assert (listed["slug"], listed["taken"], listed["places"], listed["begins"]["time"]) == (
        ROUND.rpartition("/")[2],
        1,
        3,
        "19:00",
    )
    await let_in(database, client, "elsewhere@example.org")
    assert (await client.get("/api/officer/nights")).json()["items"] == []
    clock.advance(days=20)
    assert (await night.get("/api/officer/nights")).json()["items"] == []
