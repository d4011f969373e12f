"""500 texts that want to be more than text, and a way to put them into every text field there is.

They are written into the database behind the server's back: what the server refuses could stand in an old database.
"""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path
from uuid import uuid4

SINK = "window.pwned=(window.pwned||0)+1"
TAGS = (
    "<script>{js}</script>",
    "<img src=x onerror={js}>",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<body onload={js}>",
    "<iframe srcdoc='<script>parent.{js}</script>'></iframe>",
    "<details open ontoggle={js}>x</details>",
    "<input autofocus onfocus={js}>",
    "<video><source onerror={js}></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror={js}>",
    '<a href="javascript:{js}">x</a>',
    '<form><button formaction="javascript:{js}">x</button></form>',
    "<template><script>{js}</script></template>",
    '<noscript><p title="</noscript><img src=x onerror={js}>">',
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<object data=https://evil.example></object>",
    "<style>body{{display:none}}@import 'https://evil.example'</style>",
    "<p style=position:fixed;inset:0;background:red>over everything</p>",
    "${{{js}}}",
    "{{{{constructor.constructor('{js}')()}}}}",
    "{{% import os %}}{{{{ {js} }}}}",
    "<%= {js} %>",
)
AROUND = (
    "{}",
    "\"'>{}",
    "</textarea></title>{}",
    "--><!-- -->{}",
    "]]>{}",
    "'\"`;{}//",
    "x{}x",
    "%3Cb%3E{}",
    "&lt;{}",
    "\\u003c{}",
)
AWKWARD = (
    "\u202egnp.exe",
    "\u2066\u2067left to right and back",
    "\u200b\u200d\ufeff" * 40,
    "a\u0300" * 60,
    "W" * 90,
    "\u0645" * 90,
    "\u5b57" * 90,
    "https://" + "a" * 80,
    "&amp;&lt;&#x3c;&#60;",
    "{count} {money} %s %d {0}",
    '=HYPERLINK("https://evil.example")',
    "; DROP TABLE proposals; --",
    "__proto__",
    "constructor",
    "null",
    "undefined",
    "-1",
    "\ufffd\uffff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 12,
    " \u00a0\u3000 ",
)


def hostile_texts(count: int = 500) -> list[str]:
    """So many different texts, every kind among the first ones."""
    made = [around.format(tag.format(js=SINK)) for around, tag in itertools.product(AROUND, TAGS)]
    many = [*TAGS_ALONE, *AWKWARD, *made]
    many += [f"{first}{second}" for first, second in itertools.product(AWKWARD, TAGS_ALONE)]
    return list(dict.fromkeys(many))[:count]


TAGS_ALONE = [tag.format(js=SINK) for tag in TAGS]
KEPT = {
    *("id", "round_id", "proposal_id", "parent_id", "category", "status", "state", "contact_email", "search_text"),
    *("basis", "key_hash", "at", "slug", "phase", "template", "currency", "comments", "categories", "match", "kind"),
    *("timezone", "language", "wards", "people", "boundary", "outline", "config_sha256", "rule_id", "custody"),
    *("design", "rule_parameters", "ties", "conditions", "proposals", "leftover", "forum_id", "seed", "sheet"),
    *("timer_item", "timer_since", "contact_phone", "waiting_since"),
}


class Forger:
    """Writes into a demo's database while its server runs."""

    def __init__(self, database: Path) -> None:
        self.connection = sqlite3.connect(database, timeout=30)
        self.connection.row_factory = sqlite3.Row

    def texts_of(self, table: str) -> list[str]:
        """The columns of a table that hold texts for people."""
        columns = self.connection.execute(f"PRAGMA table_info({table})")  # our own names
        return [one["name"] for one in columns if one["type"] == "VARCHAR" and one["name"] not in KEPT]

    def overwrite(self, table: str, where: str, value: str, text: str) -> None:
        """Put a text into every text of some rows; `where` is a column."""
        settings = ", ".join(f"{name} = ?" for name in self.texts_of(table) if not name.endswith("_at"))
        values = [text] * settings.count("?")
        self.connection.execute(f"UPDATE {table} SET {settings} WHERE {where} = ?", [*values, value])  # noqa: S608
        self.connection.commit()

    def round_id(self, slug: str) -> str:
        """The id of a round."""
        return str(self.connection.execute("SELECT id FROM rounds WHERE slug = ?", [slug]).fetchone()["id"])

    def proposals_of(self, round_id: str) -> list[str]:
        """The ids of a round's proposals, by number."""
        rows = self.connection.execute("SELECT id FROM proposals WHERE round_id = ? ORDER BY number", [round_id])
        return [str(row["id"]) for row in rows]

    def copy_proposals(self, round_id: str, texts: list[str]) -> list[int]:
        """A proposal for each text, which says nothing else, with a cost line; their numbers."""
        [model] = self.connection.execute("SELECT * FROM proposals WHERE round_id = ? LIMIT 1", [round_id])
        [last] = self.connection.execute("SELECT max(number) AS n FROM proposals WHERE round_id = ?", [round_id])
        columns, written = model.keys(), self.texts_of("proposals")
        numbers = []
        for number, text in enumerate(texts, start=last["n"] + 1):
            values = dict(model) | dict.fromkeys(written, text) | {"id": uuid4().hex, "number": number}
            self._insert("proposals", {name: values[name] for name in columns})
            self._insert(
                "cost_lines",
                {"proposal_id": values["id"], "position": 0, "what": text, "amount": 100, "basis": "quote"},
            )
            history = {"proposal_id": values["id"], "position": 0, "at": values["submitted_at"]}
            self._insert("proposal_changes", {**history, "status": "submitted", "reason": text})
            self._say(round_id, str(values["id"]), text, str(values["submitted_at"]))
            numbers.append(number)
        self.connection.commit()
        return numbers

    def _say(self, round_id: str, proposal_id: str, text: str, at: str) -> None:
        said = {"round_id": round_id, "proposal_id": proposal_id, "name": text, "text": text, "key_hash": b""}
        shown = {**said, "id": uuid4().hex, "state": "shown", "reason": ""}
        self._insert("comments", {**shown, "parent_id": None, "official": 0, "written_at": at})
        asked = {"id": uuid4().hex, "answer": text, "asked_at": at, "answered_at": at}
        self._insert("questions", {**shown, **asked})

    def _insert(self, table: str, values: dict[str, object]) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608
