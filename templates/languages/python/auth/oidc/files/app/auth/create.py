"""Sign-in at an issuer of OpenID Connect, whose access tokens callers bring."""

import re
from typing import Final

from app.auth.access_tokens import AccessTokens
from app.auth.issuer_keys import is_trustworthy
from app.config import Config, SettingsError
from app.database.port import Database
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

_ASYMMETRIC: Final = re.compile(r"(ES|PS|RS)(256|384|512)|EdDSA")
"""With public keys: whoever verifies cannot sign."""


async def create_auth(*, config: Config, log: Log, metrics: Metrics, database: Database) -> AccessTokens:
    """Begin to fetch the keys of the issuer. Raises SettingsError when a setting cannot be used."""
    wrong = []
    if not is_trustworthy(config.OIDC_ISSUER):
        wrong.append("OIDC_ISSUER must be an HTTPS URL: its keys are trusted")
    names = config.OIDC_ALGORITHMS
    if not names or not all(_ASYMMETRIC.fullmatch(name) for name in names):
        wrong.append("OIDC_ALGORITHMS must name asymmetric algorithms, such as ES256 or RS256")
    if wrong:
        raise SettingsError(wrong)
    return AccessTokens(config, log)
