"""Who may use which route: the whole table, asked one by one, and the refusal to start with a route left out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar, get
from litestar.routes import HTTPRoute

from pbvote.accounts.roles import Actor, Role
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.web.access import Access, UndeclaredRouteError, access_of, require_declared_access
from tests.conftest import browser
from tests.house import let_all_in, make_codes, make_people, make_round

SLUG = "harbourside-2026"
PARAMETERS = {
    "round_slug": SLUG,
    "forum_slug": "harbourside",
    "number": "1",
    "poll_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "guest_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "attachment_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "batch_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "account_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "invite_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "comment_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "question_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "template_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "name": "projects.csv",
    "check": "feasible",
    "remark_id": "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
    "symbols": "K7QF-2MXR-9CVW",
    "token": "nobodys-token",
    "path": "nothing/here",
}
ROLES = ("organiser", "officer", "clerk", "scrutineer")
VISITORS = ("nobody", *ROLES, "elsewhere", "admin")
# Every route, and who may use it. "forum" roles are those of the round's own forum.
PUBLIC, SIGNED_IN = "public", "signed in"
TABLE: dict[str, str | frozenset[str]] = {
    "GET /api/health": PUBLIC,
    "GET /api/ready": PUBLIC,
    "GET /api/status": frozenset({"admin"}),
    "GET /api": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    "GET /api/{path}": PUBLIC,
    "POST /api/login": PUBLIC,
    "POST /api/logout": SIGNED_IN,
    "GET /api/me": SIGNED_IN,
    "POST /api/login/code": PUBLIC,
    "GET /api/me/sign-ins": SIGNED_IN,
    "POST /api/me/sign-out-everywhere": SIGNED_IN,
    "POST /api/me/password": SIGNED_IN,
    "GET /api/me/second-step": SIGNED_IN,
    "POST /api/me/second-step": SIGNED_IN,
    "POST /api/me/second-step/confirm": SIGNED_IN,
    "POST /api/me/second-step/recovery-codes": SIGNED_IN,
    "POST /api/me/second-step/stop": SIGNED_IN,
    "GET /api/who-may-do-what": frozenset(ROLES) | {"elsewhere", "admin"},
    "GET /api/people": frozenset({"admin"}),
    "GET /api/forums/{forum_slug}/people": frozenset({"organiser", "admin"}),
    "POST /api/people/{account_id}/roles": frozenset({"organiser", "admin"}),
    "POST /api/people/{account_id}/roles/take": frozenset({"organiser", "admin"}),
    "POST /api/people/{account_id}/administrator": frozenset({"admin"}),
    "POST /api/people/{account_id}/active": frozenset({"admin"}),
    "POST /api/people/{account_id}/password-link": frozenset({"admin"}),
    "GET /api/invites": frozenset({"admin"}),
    "GET /api/forums/{forum_slug}/invites": frozenset({"organiser", "admin"}),
    "POST /api/invites": frozenset({"organiser", "admin"}),
    "POST /api/invites/{invite_id}/withdraw": frozenset({"organiser", "elsewhere", "admin"}),
    "POST /api/invites/look": PUBLIC,
    "POST /api/invites/accept": PUBLIC,
    "POST /api/invites/join": SIGNED_IN,
    "POST /api/invites/reset": PUBLIC,
    "POST /api/forums": frozenset({"admin"}),
    "PUT /api/forums/{forum_slug}": frozenset({"admin"}),
    "GET /api/branding": frozenset({"admin"}),
    "PUT /api/branding": frozenset({"admin"}),
    "GET /api/retention": PUBLIC,
    "PUT /api/retention": frozenset({"admin"}),
    "GET /api/second-step": frozenset({"admin"}),
    "PUT /api/second-step": frozenset({"admin"}),
    "GET /api/log": frozenset({"admin"}),
    "GET /api/log/file": frozenset({"admin"}),
    "GET /api/forums/{forum_slug}/log": frozenset({"organiser", "officer", "scrutineer"}),
    "GET /api/forums/{forum_slug}/log/file": frozenset({"organiser", "officer", "scrutineer"}),
    "GET /api/forums": PUBLIC,
    "GET /api/forums/{forum_slug}": PUBLIC,
    "GET /api/forums/{forum_slug}/boundary.geojson": PUBLIC,
    "PUT /api/forums/{forum_slug}/texts": frozenset({"organiser"}),
    "PUT /api/forums/{forum_slug}/boundary": frozenset({"admin"}),
    "DELETE /api/forums/{forum_slug}/boundary": frozenset({"admin"}),
    "GET /api/population-bands": PUBLIC,
    "PUT /api/population-bands": frozenset({"admin"}),
    "GET /api/forums/{forum_slug}/dates.ics": PUBLIC,
    "GET /api/forums/{forum_slug}/news.atom": PUBLIC,
    "GET /api/forum-finder": PUBLIC,
    "GET /api/plan": PUBLIC,
    "GET /api/plan/dates.ics": PUBLIC,
    "GET /api/plan/news.atom": PUBLIC,
    "GET /api/rounds/{round_slug}/dates.ics": PUBLIC,
    "GET /api/rounds/{round_slug}/news.atom": PUBLIC,
    "GET /api/rounds": PUBLIC,
    "GET /api/rounds/{round_slug}": PUBLIC,
    "GET /api/rounds/{round_slug}/proposals": PUBLIC,
    "GET /api/rounds/{round_slug}/proposals/{number}": PUBLIC,
    "POST /api/rounds/{round_slug}/proposals": PUBLIC,
    "POST /api/rounds/{round_slug}/proposals/{number}/withdraw": PUBLIC,
    "POST /api/rounds/{round_slug}/proposals/{number}/change": PUBLIC,
    "POST /api/rounds/{round_slug}/drafts": PUBLIC,
    "GET /api/rounds/{round_slug}/draft": PUBLIC,
    "PUT /api/rounds/{round_slug}/draft": PUBLIC,
    "DELETE /api/rounds/{round_slug}/draft": PUBLIC,
    "POST /api/rounds/{round_slug}/draft/send": PUBLIC,
    "POST /api/rounds/{round_slug}/draft/email": PUBLIC,
    "POST /api/rounds/{round_slug}/draft/photos": PUBLIC,
    "POST /api/rounds/{round_slug}/draft/documents": PUBLIC,
    "PUT /api/rounds/{round_slug}/draft/attachments/{attachment_id}": PUBLIC,
    "DELETE /api/rounds/{round_slug}/draft/attachments/{attachment_id}": PUBLIC,
    "POST /api/rounds/{round_slug}/mine": PUBLIC,
    "GET /api/rounds/{round_slug}/similar": PUBLIC,
    "GET /api/rounds/{round_slug}/attachments/{attachment_id}": PUBLIC,
    "PUT /api/rounds/{round_slug}/attachments/{attachment_id}/hidden": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/ballot-paper": PUBLIC,
    "POST /api/polls/{poll_id}/ticket": PUBLIC,
    "POST /api/polls/{poll_id}/code": PUBLIC,
    "PUT /api/polls/{poll_id}/ballot": PUBLIC,
    "GET /api/polls/{poll_id}/log": PUBLIC,
    "GET /api/polls/{poll_id}/log/checkpoint": PUBLIC,
    "GET /api/polls/{poll_id}/log/checkpoints": PUBLIC,
    "GET /api/polls/{poll_id}/log/feed": PUBLIC,
    "GET /api/polls/{poll_id}/log/events": PUBLIC,
    "GET /api/polls/{poll_id}/log/leaves": PUBLIC,
    "GET /api/polls/{poll_id}/log/inclusion": PUBLIC,
    "GET /api/polls/{poll_id}/log/consistency": PUBLIC,
    "POST /api/polls/{poll_id}/log/cosignatures": PUBLIC,
    "GET /api/polls/{poll_id}/receipts/{symbols}": PUBLIC,
    "GET /api/rounds/{round_slug}/witnesses": PUBLIC,
    "POST /api/rounds/{round_slug}/witnesses": frozenset({"organiser", "scrutineer"}),
    "POST /api/polls/{poll_id}/email-link": PUBLIC,
    "POST /api/polls/{poll_id}/email-link/use": PUBLIC,
    "GET /api/rounds/{round_slug}/results": PUBLIC,
    "GET /api/rounds/{round_slug}/results/{name}": PUBLIC,
    "GET /api/rounds/{round_slug}/results/bundle.zip": PUBLIC,
    "GET /api/rounds/{round_slug}/scrutiny/bundle.zip": frozenset({"scrutineer"}),
    "GET /api/verifier/pbvote-verify.pyz": PUBLIC,
    "GET /api/rounds/{round_slug}/night": PUBLIC,
    "PUT /api/rounds/{round_slug}/night": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/night/setup": frozenset(ROLES),
    "POST /api/rounds/{round_slug}/night/order": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/night/call-off": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/night/guests": PUBLIC,
    "POST /api/rounds/{round_slug}/night/guests/look": PUBLIC,
    "POST /api/rounds/{round_slug}/night/guests/give-back": PUBLIC,
    "GET /api/rounds/{round_slug}/night/door": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/night/door/guests/{guest_id}": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/night/door/guests/{guest_id}/remove": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/night/door/count": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/night/slips": frozenset({"organiser", "clerk"}),
    "GET /api/rounds/{round_slug}/night/timer": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/night/timer": frozenset({"organiser", "officer", "clerk"}),
    "GET /api/rounds/{round_slug}/screen": PUBLIC,
    "GET /api/officer/nights": frozenset(ROLES) | {"elsewhere"},
    "GET /api/rounds/{round_slug}/proposals/{number}/comments": PUBLIC,
    "POST /api/rounds/{round_slug}/proposals/{number}/comments": PUBLIC,
    "PUT /api/rounds/{round_slug}/proposals/{number}/support": PUBLIC,
    "POST /api/rounds/{round_slug}/comments/{comment_id}/removal": PUBLIC,
    "POST /api/rounds/{round_slug}/comments/{comment_id}/flag": PUBLIC,
    "POST /api/rounds/{round_slug}/comments/{comment_id}/hide": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/comments/{comment_id}/show": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/moderation": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/questions": PUBLIC,
    "POST /api/rounds/{round_slug}/questions": PUBLIC,
    "GET /api/rounds/{round_slug}/questions/inbox": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/questions/{question_id}/removal": PUBLIC,
    "POST /api/rounds/{round_slug}/questions/{question_id}/answer": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/questions/{question_id}/hide": frozenset({"organiser", "officer"}),
    "GET /api/officer/talk": frozenset({"organiser", "officer"}) | {"elsewhere"},
    "GET /api/following": PUBLIC,
    "POST /api/following": PUBLIC,
    "POST /api/following/confirm": PUBLIC,
    "POST /api/following/mine": PUBLIC,
    "POST /api/following/how": PUBLIC,
    "POST /api/following/stop": PUBLIC,
    "GET /api/following/unsubscribe/{token}": PUBLIC,
    "POST /api/following/unsubscribe/{token}": PUBLIC,
    "GET /api/officer/rounds": frozenset(ROLES) | {"elsewhere"},
    "GET /api/templates": frozenset(ROLES) | {"elsewhere"},
    "POST /api/rounds": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/template": frozenset({"organiser"}),
    "DELETE /api/forums/{forum_slug}/templates/{template_id}": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/rehearsal-round": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/go-on": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/setup": frozenset(ROLES),
    "PUT /api/rounds/{round_slug}/setup/about": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/money": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/dates": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/vote": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/talk": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/polls": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/conditions": frozenset({"organiser"}),
    "PUT /api/rounds/{round_slug}/setup/email-link": frozenset({"organiser"}),
    "GET /api/rounds/{round_slug}/readiness": frozenset(ROLES),
    "POST /api/rounds/{round_slug}/open": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/cancel": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/begin-delivery": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/finish": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/review": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/proposals/{number}/standing": PUBLIC,
    "GET /api/rounds/{round_slug}/queue": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/queue/{number}/neighbours": frozenset({"organiser", "officer"}),
    "GET /api/officer/overdue": frozenset(ROLES) | {"elsewhere"},
    "GET /api/rounds/{round_slug}/review/{number}": frozenset({"organiser", "officer"}),
    "PUT /api/rounds/{round_slug}/review/{number}/checks/{check}": frozenset({"officer"}),
    "PUT /api/rounds/{round_slug}/review/{number}/costing": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/review/{number}/changes": frozenset({"officer"}),
    "PUT /api/rounds/{round_slug}/review/{number}/assignee": frozenset({"officer"}),
    "GET /api/rounds/{round_slug}/review/{number}/notes": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/review/{number}/notes": frozenset({"officer"}),
    "DELETE /api/rounds/{round_slug}/review/{number}/notes/{remark_id}": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/review/{number}/feedback": frozenset({"organiser", "officer"}),
    "DELETE /api/rounds/{round_slug}/review/{number}/feedback/{remark_id}": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/merges": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/review/{number}/split": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/review/{number}/undo": frozenset({"officer"}),
    "POST /api/rounds/{round_slug}/proposals/{number}/decision": frozenset({"officer"}),
    "GET /api/rounds/{round_slug}/roll": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/codes": frozenset({"organiser", "clerk"}),
    "POST /api/rounds/{round_slug}/roll-file/look": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/roll-file": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/batches/{batch_id}/letters": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/batches/{batch_id}/posted": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/roll/registrations": frozenset({"organiser", "officer", "clerk"}),
    "POST /api/rounds/{round_slug}/roll/late-registrations": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/replacement-code": frozenset({"organiser", "officer", "clerk"}),
    "GET /api/rounds/{round_slug}/turnout": frozenset(ROLES),
    "GET /api/rounds/{round_slug}/opening": frozenset(ROLES),
    "GET /api/rounds/{round_slug}/keys": frozenset(ROLES),
    "PUT /api/rounds/{round_slug}/custody": frozenset({"organiser"}),
    "POST /api/rounds/{round_slug}/rehearsal": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/open-voting": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/pause": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/resume": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/extend": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/close": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/void": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/roll/removals": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/dice": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/uniqueness": frozenset({"organiser", "officer", "scrutineer"}),
    "GET /api/rounds/{round_slug}/turnout-audit": frozenset({"organiser", "officer", "scrutineer"}),
    "POST /api/rounds/{round_slug}/turnout-audit": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/turnout-audit/sample": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/certification": frozenset(ROLES),
    "POST /api/rounds/{round_slug}/certify": frozenset({"organiser", "officer"}),
    "POST /api/rounds/{round_slug}/destroy-keys": frozenset({"organiser", "officer"}),
    "GET /api/rounds/{round_slug}/approvals": frozenset({"organiser", "officer", "scrutineer"}),
    "POST /api/rounds/{round_slug}/count": frozenset({"officer"}),
    "GET /api/rounds/{round_slug}/count": frozenset({"organiser", "officer", "scrutineer"}),
    "POST /api/rounds/{round_slug}/publish": frozenset({"officer"}),
}
# Bodies that are read without complaint, so that what answers is the rule of access and not that of the body.
ABOUT = {
    "title": "Budget",
    "description": "Text",
    "eligibility": "Everybody",
    "confirmed_by": "",
    "challenge_days": 91,
    "advisory": False,
    "version": 1,
}
DESIGN = {"kind": "knapsack", "min_choices": 1, "max_choices": None, "total_points": None, "max_points": None}
DATES = dict.fromkeys(("proposals_open", "proposals_close", "voting_open", "voting_close", "results"))
CHECKS = {"appropriate": True, "feasible": True, "sustainable": True}
WHY: dict[str, object] = {"reason": "The hall is empty.", "approves": None}
NIGHT: dict[str, object] = {
    "place": "Mill Lane Hall",
    "address": "1 Mill Lane",
    "access": "",
    "doors": "2026-03-20T18:30",
    "begins": "2026-03-20T19:00",
    "places": 40,
    "sheet": {"welcome": 10, "each": 3, "breaks": [], "first_vote": 15, "count": 20, "second_vote": 10},
    "seed_source": "",
    "version": 0,
}
BODIES: dict[str, dict[str, object]] = {
    "PUT /api/rounds/{round_slug}/night": NIGHT,
    "POST /api/rounds/{round_slug}/night/order": {"seed": "416"},
    "POST /api/rounds/{round_slug}/night/call-off": {"reason": "Snow."},
    "POST /api/rounds/{round_slug}/night/guests": {"name": "Kim", "email": "", "phone": "", "needs": ""},
    "POST /api/rounds/{round_slug}/night/guests/look": {"key": "K7QF"},
    "POST /api/rounds/{round_slug}/night/guests/give-back": {"key": "K7QF"},
    "POST /api/rounds/{round_slug}/night/door/guests/{guest_id}": {"arrived": True},
    "POST /api/rounds/{round_slug}/night/door/count": {"walk_ins": 1, "slips": 0},
    "POST /api/rounds/{round_slug}/night/slips": {"count": 1},
    "POST /api/rounds/{round_slug}/night/timer": {"press": "start", "item": "", "seconds": 0},
    "PUT /api/population-bands": {"bands": []},
    "PUT /api/forums/{forum_slug}/texts": {
        "description": "",
        "contact_email": "",
        "contact_phone": "",
        "people": [],
        "version": 1,
    },
    "POST /api/rounds": {"forum": "harbourside", "template": "city-wide", "title": "Budget"},
    "PUT /api/rounds/{round_slug}/setup/about": ABOUT,
    "PUT /api/rounds/{round_slug}/setup/money": {
        "pots": [],
        "smallest_award": None,
        "largest_award": None,
        "match": None,
        "part_funding": False,
        "version": 1,
    },
    "PUT /api/rounds/{round_slug}/setup/dates": {**DATES, "version": 1},
    "POST /api/rounds/{round_slug}/template": {"title": "Ours", "sentence": "As every year."},
    "PUT /api/rounds/{round_slug}/setup/talk": {
        "comments": "off",
        "supports": False,
        "checked_within": 5,
        "version": 1,
    },
    "PUT /api/rounds/{round_slug}/setup/polls": {"count": 1, "titles": ["The vote"], "version": 1},
    "PUT /api/rounds/{round_slug}/setup/vote": {
        "poll": 1,
        "design": DESIGN,
        "rule": {"id": "greedy", "parameters": {}},
        "ties": ["cheapest"],
        "version": 1,
    },
    "PUT /api/rounds/{round_slug}/setup/conditions": {
        "poll": 1,
        "prefunded": [],
        "exclusions": [],
        "min_votes": 0,
        "smallest": {},
        "reserve": 0,
        "version": 1,
    },
    "PUT /api/rounds/{round_slug}/setup/email-link": {"allowed": False, "version": 1},
    "POST /api/rounds/{round_slug}/cancel": {"reason": "The money is gone."},
    "POST /api/rounds/{round_slug}/open-voting": {"approves": None},
    "POST /api/rounds/{round_slug}/pause": WHY,
    "POST /api/rounds/{round_slug}/resume": WHY,
    "POST /api/rounds/{round_slug}/extend": {**WHY, "until": "2026-03-20T21:00"},
    "POST /api/rounds/{round_slug}/close": WHY,
    "POST /api/rounds/{round_slug}/void": {**WHY, "whose": "R-1"},
    "POST /api/rounds/{round_slug}/roll/removals": {**WHY, "whose": "R-1"},
    "POST /api/rounds/{round_slug}/dice": {"purpose": "ties", "digits": "123456123456", "approves": None},
    "POST /api/rounds/{round_slug}/turnout-audit": {
        "size": 5,
        "asked": 5,
        "yes": 5,
        "no": 0,
        "not_reached": 0,
        "approves": None,
    },
    "POST /api/rounds/{round_slug}/certify": {"approves": None},
    "POST /api/rounds/{round_slug}/destroy-keys": {"approves": None},
    "PUT /api/rounds/{round_slug}/custody": {"custody": "host"},
    "POST /api/rounds/{round_slug}/count": {},
    "POST /api/rounds/{round_slug}/codes": {"label": "Letters", "count": 1},
    "POST /api/rounds/{round_slug}/batches/{batch_id}/letters": {"made": 0},
    "POST /api/rounds/{round_slug}/batches/{batch_id}/posted": {"made": 0},
    "POST /api/rounds/{round_slug}/roll/registrations": {"reference": "R-1", "evidence": "letter"},
    "POST /api/rounds/{round_slug}/roll/late-registrations": {
        "reference": "R-2",
        "evidence": "letter",
        "reason": "came to the hall",
        "approves": None,
    },
    "POST /api/rounds/{round_slug}/replacement-code": {"reference": "R-1"},
    "POST /api/rounds/{round_slug}/publish": {"outcome_id": PARAMETERS["poll_id"], "approves": None},
    "PUT /api/rounds/{round_slug}/review/{number}/checks/{check}": {"passes": True, "note": "", "version": 1},
    "PUT /api/rounds/{round_slug}/review/{number}/costing": {"lines": [], "others": None, "version": 1},
    "POST /api/rounds/{round_slug}/review/{number}/changes": {"reason": "Say where.", "version": 1},
    "PUT /api/rounds/{round_slug}/review/{number}/assignee": {"mine": True},
    "POST /api/rounds/{round_slug}/review/{number}/notes": {"text": "Ask the warden."},
    "POST /api/rounds/{round_slug}/review/{number}/feedback": {"who": "Parks panel", "text": "Choose oak."},
    "POST /api/rounds/{round_slug}/merges": {
        "proposals": [{"number": 1, "version": 1}, {"number": 2, "version": 1}],
        "keep": 1,
        "new": None,
        "reason": "They are the same.",
    },
    "POST /api/rounds/{round_slug}/review/{number}/split": {"parts": [], "reason": "Two things.", "version": 1},
    "POST /api/rounds/{round_slug}/review/{number}/undo": {"reason": "We were wrong.", "version": 1},
    "POST /api/rounds/{round_slug}/proposals/{number}/decision": {
        "decision": "accepted",
        "reason": "Good.",
        "checks": CHECKS,
        "cost": None,
        "version": 1,
    },
    "POST /api/rounds/{round_slug}/comments/{comment_id}/hide": {"reason": "It is rude."},
    "POST /api/rounds/{round_slug}/questions/{question_id}/answer": {"answer": "Yes."},
    "POST /api/rounds/{round_slug}/questions/{question_id}/hide": {"reason": "It is rude."},
    "PUT /api/rounds/{round_slug}/attachments/{attachment_id}/hidden": {"reason": "A child can be seen."},
    "POST /api/rounds/{round_slug}/drafts": {},
    "POST /api/login": {"email": "nobody@example.org", "password": "wrong"},
    "POST /api/login/code": {"code": "000000"},
    "POST /api/me/password": {"password": "wrong", "new_password": "another long password"},
    "POST /api/me/second-step": {"password": "wrong", "code": ""},
    "POST /api/me/second-step/confirm": {"code": "000000"},
    "POST /api/me/second-step/recovery-codes": {"password": "wrong", "code": ""},
    "POST /api/me/second-step/stop": {"password": "wrong", "code": ""},
    "POST /api/people/{account_id}/roles": {"forum": "harbourside", "role": "clerk"},
    "POST /api/people/{account_id}/roles/take": {"forum": "harbourside", "role": "clerk"},
    "POST /api/people/{account_id}/administrator": {"administrator": True},
    "POST /api/people/{account_id}/active": {"active": True},
    "POST /api/invites": {
        "email": "new@example.org",
        "roles": [{"forum": "harbourside", "role": "clerk"}],
        "administrator": False,
    },
    "POST /api/invites/look": {"token": "x"},
    "POST /api/invites/accept": {"token": "x", "name": "New", "password": "another long password"},
    "POST /api/invites/join": {"token": "x"},
    "POST /api/invites/reset": {"token": "x", "password": "another long password"},
    "POST /api/forums": {"slug": "new", "name": "New", "kind": "interest"},
    "PUT /api/forums/{forum_slug}": {
        "name": "Harbourside",
        "kind": "community",
        "description": "",
        "population": None,
        "postcodes": [],
        "wards": [],
        "contact_email": "",
        "contact_phone": "",
        "timezone": "Europe/London",
        "language": "en",
        "version": 1,
    },
    "PUT /api/branding": {"name": "", "brand": "", "brand_deep": "", "brand_tint": "", "link": ""},
    "PUT /api/retention": {},
    "PUT /api/second-step": {"required": False},
    "POST /api/polls/{poll_id}/code": {"code": "K7QF"},
    "POST /api/polls/{poll_id}/log/cosignatures": {"note": "No note."},
    "POST /api/rounds/{round_slug}/witnesses": {"key": "no key"},
    "POST /api/polls/{poll_id}/email-link": {"email": "nobody@example.org"},
    "POST /api/polls/{poll_id}/email-link/use": {"token": "x"},
}


def routes(app: Litestar) -> dict[str, Access | None]:
    """Every route of the API as `METHOD /path`, with the access it declares."""
    found: dict[str, Access | None] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api"):
            path = "".join(
                f"/{part}" if isinstance(part, str) else f"/{{{part.name}}}" for part in route.path_components
            )
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    found[f"{method} {path}"] = access_of(handler)
    return found


@pytest.fixture
async def visitors(app: Litestar, database: Database, keys: Keys) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys, count=1)
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in VISITORS}
        people = {f"{name}@example.org": client for name, client in found.items() if name != "nobody"}
        await let_all_in(database, people)
        yield found


async def test_the_table_has_every_route_and_no_other(app: Litestar) -> None:
    assert set(routes(app)) == set(TABLE)


async def test_each_route_declares_what_the_table_says(app: Litestar) -> None:
    for route, access in routes(app).items():
        assert access is not None, route
        expected = TABLE[route]
        if expected == PUBLIC:
            assert not access.signed_in, route
        elif expected == SIGNED_IN:
            assert access.signed_in, route
            assert not access.roles, route
            assert not access.administrator, route
        else:
            assert {str(role) for role in access.roles} == set(expected) - {"elsewhere", "admin"}, route
            assert access.administrator == ("admin" in expected), route


@pytest.mark.parametrize("route", sorted(TABLE))
async def test_each_visitor_gets_in_or_is_turned_away_as_the_table_says(
    visitors: dict[str, httpx.AsyncClient], route: str
) -> None:
    expected = TABLE[route]
    method, path = route.split(" ")
    url = path.format(**PARAMETERS)
    for name, client in visitors.items():
        answer = await client.request(method, url, json=BODIES.get(route))
        code = answer.json().get("code", "") if answer.headers.get("content-type", "").endswith("json") else ""
        turned_away = answer.status_code == 401 and code == "sign_in_needed"
        refused = answer.status_code == 403 and code == "not_allowed"
        if expected == PUBLIC or (expected == SIGNED_IN and name != "nobody") or name in expected:
            assert not turned_away, (route, name, answer.text)
            assert not refused, (route, name, answer.text)
        elif name == "nobody":
            assert turned_away, (route, name, answer.text)
        else:
            assert refused, (route, name, answer.text)
        assert answer.status_code < 500, (route, name, answer.text)


async def test_the_table_finds_a_server_that_forgets_whose_forum_it_is(
    visitors: dict[str, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the filter by forum taken away, somebody from another forum gets in where they must not."""
    monkeypatch.setattr(Actor, "roles_in", lambda actor, _: frozenset(role for _, role in actor.roles))
    closed = [
        route
        for route, expected in TABLE.items()
        if route.startswith("GET") and isinstance(expected, frozenset) and "elsewhere" not in expected
    ]
    open_now = [
        route
        for route in closed
        if (await visitors["elsewhere"].get(route.removeprefix("GET ").format(**PARAMETERS))).status_code == 200
    ]
    assert len(open_now) > 10


@pytest.mark.parametrize("guards", [[], [Access("one", signed_in=False), Access("two", signed_in=False)]])
def test_the_app_refuses_to_start_with_a_route_that_does_not_declare_exactly_one_access(guards: list[Access]) -> None:
    @get("/api/forgotten", guards=[*guards], sync_to_thread=False)
    def forgotten() -> None: ...

    with pytest.raises(UndeclaredRouteError, match="/api/forgotten"):
        require_declared_access(Litestar([forgotten], openapi_config=None))


def test_a_guard_names_the_roles_it_asks_for() -> None:
    assert repr(Access("organiser", signed_in=True, roles=[Role.ORGANISER])) == "organiser"
