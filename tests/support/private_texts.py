"""Texts with and without personal data and secrets, made from a seed and told apart."""

import random
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple

NAMES = ("ada", "grace.hopper", "alan_t", "j.von-neumann", "katherine")
HOSTS = ("example.org", "mail.example.co.uk", "shop.example.com")
FRAMES = (
    "{}",
    "customer {} not found",
    "https://api.example.com/find?q={}&page=2",
    '{{"value": "{}", "n": 3}}',
    "retry for ({}) failed",
)


class Sample(NamedTuple):
    """A text, and the kind of what is in it; an empty kind where there is nothing."""

    kind: str
    text: str


def samples(count: int, *, seed: int) -> Iterator[Sample]:
    """Yield texts, every second of them with nothing to find."""
    rng = random.Random(seed)
    kinds = [*SECRET_TEXTS]
    for number in range(count):
        kind = kinds[number // 2 % len(kinds)] if number % 2 else ""
        make = rng.choice(SECRET_TEXTS[kind] if kind else HARMLESS)
        yield Sample(kind, rng.choice(FRAMES).format(make(rng)))


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


def phone(rng: random.Random) -> str:
    forms = [
        f"+49 {digits(rng, 3)} {digits(rng, 7)}",
        f"+1-{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 4)}",
        f"+4420{digits(rng, 8)}",
        f"(202) {digits(rng, 3)}-{digits(rng, 4)}",
        f"202-{digits(rng, 3)}-{digits(rng, 4)}",
    ]
    return rng.choice(forms)


def token(rng: random.Random) -> str:
    forms = [
        f"eyJ{text(rng, 20)}.{text(rng, 40)}.{text(rng, 30)}",
        f"Bearer {text(rng, 32)}",
        f"ghp_{text(rng, 36)}",
        f"password={text(rng, 10)}",
        f"session_id={text(rng, 24)}",
    ]
    return rng.choice(forms)


def key(rng: random.Random) -> str:
    capitals = "".join(rng.choices(string.ascii_uppercase + string.digits, k=16))
    forms = [f"AKIA{capitals}", f"ASIA{capitals}", f"sk_live_{text(rng, 24)}"]
    return rng.choice([*forms, f"AIza{text(rng, 35)}"])


def address(rng: random.Random) -> str:
    four = ".".join(str(rng.randrange(1, 255)) for _ in range(3))
    six = ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(6))
    return rng.choice([f"{rng.randrange(11, 126)}.{four}", f"2001:db8:{six}"])


Make = Callable[[random.Random], str]
SECRET_TEXTS: dict[str, list[Make]] = {
    "email": [email],
    "card": [card],
    "phone": [phone],
    "token": [token],
    "key": [key],
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
    lambda rng: f"{digits(rng, 3)}-{digits(rng, 2)}",
    lambda rng: "-".join(f"{rng.getrandbits(16):04x}" for _ in range(5)),
]
