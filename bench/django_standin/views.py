# mypy: ignore-errors
# Django is in an environment of its own.
# ruff: noqa: ANN001, ANN201, PLR2004, I001  # written as Django is written
"""Casting as one would write it with DRF: a serializer, one atomic request, the checks and the crypto that pbvote has.

Where Django has a slower and a faster way, this takes the faster one: one upsert for the slot instead of
`update_or_create`, no lock on the round (pbvote takes one, so that nothing lands after the close), no middleware.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.db import transaction
from django.utils import timezone
from django_standin.models import Ballot, CastKey, Elector, Poll, Project, Slot
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
PEPPER, LINK = bytes.fromhex(os.environ["STANDIN_PEPPER"]), hashlib.sha256(b"link").digest()
ENVELOPE_BYTES = 32 + 32 + 4 + 22 + 4 * 3  # as pbvote pads the openings of a ballot with three choices at most


class Conflict(APIException):
    """The vote is closed, or the key was used for something else."""

    status_code = 409


class BallotIn(serializers.Serializer):
    """A ballot as it comes."""

    code = serializers.CharField(max_length=40)
    choices = serializers.ListField(child=serializers.IntegerField(), max_length=100)
    points = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    idempotency_key = serializers.RegexField(r"^[A-Za-z0-9_-]{16,64}$")
    ticket = serializers.RegexField(r"^[0-9a-f]{32}$")
    browser_random = serializers.RegexField(r"^[0-9a-f]{64}$")


@cache
def keys():
    """This process's keys."""
    return X25519PrivateKey.generate().public_key(), Ed25519PrivateKey.generate(), ChaCha20Poly1305(LINK)


class CastView(APIView):
    """`PUT /api/polls/{id}/ballot`."""

    @transaction.atomic
    def put(self, request, poll_id):
        """Cast a ballot, or replace the one cast before."""
        body = BallotIn(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        poll = Poll.objects.select_related("round").filter(id=poll_id).first()
        if poll is None:
            raise NotFound
        if poll.round.phase != "voting" or poll.round.paused or poll.round.closes_at <= timezone.now():
            raise Conflict
        elector = Elector.objects.filter(round=poll.round, code_hash=hashed(sent["code"])).only("id").first()
        if elector is None:
            raise NotFound
        check_choices(poll, sent["choices"])
        return Response(store(poll, elector, sent))


def hashed(typed):
    """The keyed hash of a code whose check digits are right."""
    code = typed.upper().replace("-", "").replace(" ", "")
    number = 0
    for symbol in code[:14]:
        number = number * 32 + SYMBOLS.index(symbol)
    if len(code) != 16 or number % 1021 != SYMBOLS.index(code[14]) * 32 + SYMBOLS.index(code[15]):
        raise ValidationError({"code": "mistyped"})
    return hmac.digest(PEPPER, code.encode(), hashlib.sha256)


def check_choices(poll, choices):
    """The ballot's design, with the costs in the database."""
    costs = dict(Project.objects.filter(poll=poll).values_list("number", "cost"))
    if len(set(choices)) != len(choices) or not set(choices) <= costs.keys():
        raise ValidationError({"choices": "unknown or doubled"})
    if poll.most_choices is not None and len(choices) > poll.most_choices:
        raise ValidationError({"choices": "too many"})


def store(poll, elector, sent):
    """Seal the ballot, write it and point the slot to it; the receipt."""
    public, signing, veil = keys()
    canonical = poll.id.bytes + b"".join(number.to_bytes(4) for number in sorted(sent["choices"]))
    server = hmac.digest(LINK, poll.id.bytes + bytes.fromhex(sent["ticket"]), hashlib.sha256)
    browser = bytes.fromhex(sent["browser_random"])
    commitment = hashlib.sha256(canonical + hashlib.sha256(server + browser).digest()).digest()
    slot = hmac.digest(LINK, poll.id.bytes + elector.id.bytes, hashlib.sha256)
    key = hashlib.sha256(sent["idempotency_key"].encode()).digest()
    digest = hmac.digest(LINK, key + slot + commitment, hashlib.sha256)
    used = CastKey.objects.filter(poll=poll, key=key).first()
    if used is not None and not hmac.compare_digest(bytes(used.digest), digest):
        raise Conflict
    if used is None:
        opening = (server + browser + canonical).ljust(ENVELOPE_BYTES, b"\0")
        sealed = SUITE.encrypt(opening, public, info=poll.id.bytes + commitment)
        CastKey.objects.create(poll=poll, key=key, digest=digest)
        Ballot.objects.create(poll=poll, commitment=commitment, sealed=hidden(veil, commitment, sealed))
        Slot.objects.bulk_create(
            [Slot(poll=poll, slot=slot, ballot=hidden(veil, slot, commitment))],
            update_conflicts=True,
            unique_fields=["poll", "slot"],
            update_fields=["ballot"],
        )
    promise = signing.sign(poll.id.bytes + commitment + browser)
    return {
        "receipt": commitment[:8].hex(),
        "recorded": timezone.now(),
        "commitment": commitment.hex(),
        "server_random": server.hex(),
        "browser_random": browser.hex(),
        "promise": promise.hex(),
    }


def hidden(veil, place, content):
    """As pbvote hides what a slot points to and what waits."""
    nonce = secrets.token_bytes(12)
    return nonce + veil.encrypt(nonce, content, place)
