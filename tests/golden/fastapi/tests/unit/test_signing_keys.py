"""The keys of access tokens."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurve,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.auth.signing_keys import read_signing_keys
from app.config import SettingsError

# Its thumbprint was calculated by the library `jose` of another language.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjEA9nrIYGmuC0vFso58/vxs8+RGg
7YznnBcL7f9TU7+40XKGK+nfPEEgX2CMoZrfhWyMHmd4sxj00XJj2i7cxQ==
-----END PUBLIC KEY-----"""
THUMBPRINT = "sEx6A5u0RhuGVNgWoIp41J7qKU8S-6ixAqIR1p0Jb3w"


def private_key(curve: EllipticCurve | None = None) -> str:
    """Return the PEM of a new key."""
    key = generate_private_key(curve or SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("written", [PUBLIC_KEY, PUBLIC_KEY.replace("\n", "\\n")])
def test_a_key_is_known_by_its_thumbprint(written: str) -> None:
    keys = read_signing_keys(private_key(), written)
    jwk = keys.jwks["keys"][1]
    assert jwk["kid"] == THUMBPRINT
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert list(keys.verifying) == [keys.kid, THUMBPRINT]


@pytest.mark.parametrize("key", ["nonsense", PUBLIC_KEY, private_key(SECP384R1())])
def test_what_is_no_signing_key_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="JWT_PRIVATE_KEY must be the PKCS#8 PEM of a P-256 key"):
        read_signing_keys(key, "")


@pytest.mark.parametrize("previous", ["nonsense", PUBLIC_KEY.replace("MFkw", "MFkx")])
def test_what_is_no_key_before_is_refused(previous: str) -> None:
    with pytest.raises(SettingsError, match="JWT_PREVIOUS_PUBLIC_KEYS must be SPKI PEMs of P-256 keys"):
        read_signing_keys(private_key(), previous)
