"""The keys of access tokens. A key is known by its thumbprint (RFC 7638)."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from app.config import SettingsError

ALGORITHM = "ES256"
COORDINATE_BYTES = 32
PUBLIC_KEY_FORM = re.compile("-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)

Jwk = dict[str, str]


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and the keys that verify: the current one and earlier ones that are still accepted."""

    kid: str
    private_key: EllipticCurvePrivateKey
    verifying: dict[str, EllipticCurvePublicKey]
    jwks: dict[str, list[Jwk]]
    """The verifying keys as other services read them (RFC 7517)."""


def read_signing_keys(private_key: str, previous: str) -> SigningKeys:
    """Read the signing key (PKCS#8 PEM, P-256) and its predecessors (SPKI PEMs, one after another, or nothing).

    Raises SettingsError naming the setting that holds no such key.
    """
    try:
        signing = load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError):
        signing = None
    if not isinstance(signing, EllipticCurvePrivateKey) or not isinstance(signing.curve, SECP256R1):
        raise SettingsError(["JWT_PRIVATE_KEY must be the PKCS#8 PEM of a P-256 key"])
    older = _public_keys(previous.replace("\\n", "\n"))
    if not older and previous.strip():
        raise SettingsError(["JWT_PREVIOUS_PUBLIC_KEYS must be SPKI PEMs of P-256 keys"])
    keys = [signing.public_key(), *older]
    described = [_described(key) for key in keys]
    return SigningKeys(
        kid=described[0]["kid"],
        private_key=signing,
        verifying={jwk["kid"]: key for jwk, key in zip(described, keys, strict=True)},
        jwks={"keys": described},
    )


def _public_keys(pems: str) -> list[EllipticCurvePublicKey]:
    """Read all keys; an invalid one makes all of them void."""
    try:
        keys = [load_pem_public_key(pem.encode()) for pem in PUBLIC_KEY_FORM.findall(pems)]
    except ValueError:
        return []
    good = [
        key for key in keys if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    ]
    return good if len(good) == len(keys) else []


def _described(key: EllipticCurvePublicKey) -> Jwk:
    point = key.public_numbers()
    x, y = (_base64url(number.to_bytes(COORDINATE_BYTES, "big")) for number in (point.x, point.y))
    # Members and order of RFC 7638, section 3.2.
    thumbprint = sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()
    public_part = {"kty": "EC", "x": x, "y": y, "crv": "P-256"}
    return {**public_part, "kid": _base64url(thumbprint), "alg": ALGORITHM, "use": "sig"}


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
