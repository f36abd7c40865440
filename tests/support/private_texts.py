"""Texts with and without personal data and secrets, made from a seed and told apart."""

import random
import re
import string
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from tracing_lab.check.privacy.kinds import Match

NAMES = ("ada", "grace.hopper", "alan_t", "j.von-neumann", "katherine")
HOSTS = ("example.org", "mail.example.co.uk", "shop.example.com")
FRAMES = (
    "{}",
    "customer {} not found",
    "https://api.example.com/find?q={}&page=2",
    '{{"value": "{}", "n": 3}}',
    "retry for ({}) failed",
)
ESCAPED_SHARE = 0.2


_MARKED = re.compile("\ue000(.*?)\ue001", re.DOTALL)


class Sample(NamedTuple):
    """A text, the kind of what is in it, and the secret; both empty where there is nothing."""

    kind: str
    text: str
    secret: str


def samples(count: int, *, seed: int) -> Iterator[Sample]:
    """Yield texts, every second of them with nothing to find."""
    rng = random.Random(seed)
    kinds = [*SECRET_TEXTS]
    for number in range(count):
        kind = kinds[number // 2 % len(kinds)] if number % 2 else ""
        made = rng.choice(SECRET_TEXTS[kind] if kind else HARMLESS)(rng)
        marked = _MARKED.search(made)
        secret = (marked[1] if marked else made) if kind else ""
        framed = rng.choice(FRAMES).format(_MARKED.sub(r"\1", made))
        is_escaped = rng.random() < ESCAPED_SHARE
        yield Sample(kind, *(map(_escaped, (framed, secret)) if is_escaped else (framed, secret)))


def _escaped(text: str) -> str:
    """Return a text as browsers put it into a URL."""
    return quote(text, safe="/")


def marked(secret: str) -> str:
    """Return a part of a text marked as the secret; without a mark, all of it is."""
    return f"\ue000{secret}\ue001"


def is_covered(sample: Sample, found: Iterable[Match]) -> bool:
    """Return whether the whole secret of a text lies in one of the matches."""
    start = sample.text.index(sample.secret)
    end = start + len(sample.secret)
    return any(match.start <= start and end <= match.end for match in found)


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def text(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=count))


def email(rng: random.Random) -> str:
    return f"{rng.choice(NAMES)}{rng.choice(['', '+news', '7'])}@{rng.choice(HOSTS)}"


def card(rng: random.Random) -> str:
    """Return a number with a check digit, perhaps in groups of four."""
    first = rng.choice(["4", "51", "55", "37", "6011"])
    length = 15 if first == "37" else 16
    body = first + digits(rng, length - len(first) - 1)
    total = sum(
        sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(body[::-1])
    )
    number = body + str(-total % 10)
    separator = rng.choice(["", " ", "-"]) if length == 16 else ""
    return separator.join(number[at : at + 4] for at in range(0, length, 4))


def card_among_numbers(rng: random.Random) -> str:
    """Return a card's number with its expiry or code after it, or an amount before it."""
    secret = marked(card(rng))
    forms = [f"{secret} {rng.randrange(10, 13)}/{digits(rng, 2)}", f"{secret} {digits(rng, 3)}"]
    return rng.choice([*forms, f"qty {rng.randrange(1, 4)} {secret}"])


def phone(rng: random.Random) -> str:
    forms = [
        f"+49 {digits(rng, 3)} {digits(rng, 7)}",
        f"+1-{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 4)}",
        f"+4420{digits(rng, 8)}",
        f"(202) {digits(rng, 3)}-{digits(rng, 4)}",
        f"202-{digits(rng, 3)}-{digits(rng, 4)}",
    ]
    return rng.choice([*forms, f"%2B4930{digits(rng, 8)}", f"%2B49%20{digits(rng, 9)}"])


def token(rng: random.Random) -> str:
    forms = [
        f"eyJ{text(rng, 20)}.{text(rng, 40)}.{text(rng, 30)}",
        f"Bearer {marked(text(rng, 32))}",
        f"ghp_{text(rng, 36)}",
        f"password={marked(text(rng, 10))}",
        f"session_id={marked(text(rng, 24))}",
    ]
    return rng.choice(forms)


def named(rng: random.Random) -> str:
    """Return the value of a secret name: of several words, in a list, in JSON in JSON, in a URL."""
    words, short = " ".join(text(rng, 6) for _ in range(3)), text(rng, 8)
    forms = [
        f'"password": "{marked(words)}"',
        f'"X-Api-Key": ["{marked(short)}"]',
        f'"credentials": {{"value": "{marked(words)}"}}',
        rf"{{\"password\":\"{marked(words)}\",\"id\":1}}",
        rf"{{\"secret\":\"{marked(short + chr(92) * 3 + chr(34) + short)}\"}}",
        f"'db_password': '10.0.0.1-{marked(short)}'",
        f"redis://:{marked(short)}@cache:6379/0",
        f"postgres://shop:{marked(short)}@db.example.org/shop",
        f"Authorization: Bearer {marked(short + '7')}",
        f'"Authorization": "Token {marked(short)}"',
    ]
    return rng.choice(forms)


def pem(rng: random.Random) -> str:
    """Return a private key, of which the end may be missing."""
    body = "\n".join(f"{text(rng, 62)}+/" for _ in range(rng.randrange(1, 4)))
    end = rng.choice(["", "\n-----END RSA PRIVATE KEY-----"])
    return f"-----BEGIN RSA PRIVATE KEY-----\n{marked(body)}{end}"


def key(rng: random.Random) -> str:
    capitals = "".join(rng.choices(string.ascii_uppercase + string.digits, k=16))
    forms = [f"AKIA{capitals}", f"ASIA{capitals}", f"sk_live_{text(rng, 24)}"]
    return rng.choice([*forms, f"AIza{text(rng, 35)}"])


def address(rng: random.Random) -> str:
    four = ".".join(str(rng.randrange(1, 255)) for _ in range(3))
    six = ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(6))
    forms = [f"{rng.randrange(11, 126)}.{four}", f"2001:db8:{six}", f"2001:db8::{six[-4:]}"]
    secret = marked(rng.choice(forms).replace(":::", "::"))
    return rng.choice([secret, f"ip:{secret}", f"client {secret}.", f"from {secret}: refused"])


Make = Callable[[random.Random], str]
SECRET_TEXTS: dict[str, list[Make]] = {
    "email": [email],
    "card": [card, card_among_numbers],
    "phone": [phone],
    "token": [token, named],
    "key": [key, pem],
    "ip": [address],
}
HARMLESS: list[Make] = [
    lambda rng: f"1-6b042ac0-{rng.getrandbits(96):024x}",
    lambda rng: f"{rng.getrandbits(64):016x}",
    lambda rng: f"order-{digits(rng, 8)}",
    lambda rng: f"2026-11-{rng.randrange(10, 29)}T12:{digits(rng, 2)}:00.{digits(rng, 6)}Z",
    lambda rng: f"17954352{digits(rng, 2)}.{digits(rng, 6)}",
    lambda rng: f"v{rng.randrange(1, 9)}.{rng.randrange(20)}.{rng.randrange(9)}",
    lambda rng: f"arn:aws:lambda:us-east-1:{digits(rng, 12)}:function:order",
    lambda rng: f"127.0.0.1:{rng.randrange(1024, 65535)}",
    lambda rng: f"{rng.randrange(1, 10_000)}.{digits(rng, 2)} EUR",
    lambda rng: f"sha256:{rng.getrandbits(256):064x}",
    lambda rng: f"user@{rng.choice(['host', 'localhost'])}",
    lambda rng: "the token was refreshed",
    lambda rng: "the 'password:' field of the form is empty",
    lambda rng: f"token_count: {digits(rng, 5)}, max_tokens={digits(rng, 4)}",
    lambda rng: f'"tokens": {{"prompt": {digits(rng, 4)}}}',
    lambda rng: f'"token_usage": {{"model": "{text(rng, 6)}"}}',
    lambda rng: f'"Key": {{"order_id": {{"S": "order-{digits(rng, 8)}"}}}}',
    lambda rng: f"https://host:8080/{text(rng, 6)}/@latest",
    lambda rng: "arn:aws:s3:::cafe",
    lambda rng: f"arn:aws:apigateway:us-east-1::/restapis/{text(rng, 6)}/stages/prod",
    lambda rng: f"A::B at {digits(rng, 2)}::{digits(rng, 2)}",
    lambda rng: "std::fade::be: not found",
    lambda rng: " ".join(digits(rng, 3) for _ in range(8)),
    lambda rng: f"12:{digits(rng, 2)}:00: started",
    lambda rng: f"{digits(rng, 3)}-{digits(rng, 2)}",
    lambda rng: "-".join(f"{rng.getrandbits(16):04x}" for _ in range(5)),
]
