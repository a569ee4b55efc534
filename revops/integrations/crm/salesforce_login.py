"""How Airtight signs in to Salesforce: as an External Client App, by its secret or by a key it signs with.

SOAP `login()` and the user name and password flow are going away, so they are not here.
"""

import base64
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from revops.integrations.crm.calling import Call, Host, check_transport, quoted, read_object
from revops.integrations.crm.rows import text
from revops.integrations.errors import AuthRevoked, VendorError
from revops.integrations.wire import Deadline

NAME = "Salesforce sign-in"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_SECONDS = 170  # Salesforce takes three minutes at most
SHARED_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})


@dataclass(frozen=True)
class ClientCredentials:
    """`login_url` is the org's own My Domain address."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def form(self) -> dict[str, str]:
        if urlsplit(self.login_url).hostname in SHARED_HOSTS:
            raise VendorError(
                f"{NAME}: client credentials work at the org's My Domain address alone; set SALESFORCE_LOGIN_URL to it",
                permanent=True,
                configuration=True,
            )
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True)
class JwtBearer:
    """`private_key` is PEM; its certificate is with the External Client App."""

    login_url: str
    client_id: str
    username: str
    private_key: str = field(repr=False)

    def form(self) -> dict[str, str]:
        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.login_url.rstrip("/"),
            "exp": int(time.time()) + JWT_SECONDS,
        }
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = self._key().sign(signed.encode(), PKCS1v15(), SHA256())
        return {"grant_type": JWT_GRANT, "assertion": f"{signed}.{_base64(signature)}"}

    def _key(self) -> RSAPrivateKey:
        try:
            # An environment variable often has its line breaks written out.
            key = load_pem_private_key(self.private_key.replace("\\n", "\n").encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, RSAPrivateKey):
            raise VendorError(
                f"{NAME}: SALESFORCE_PRIVATE_KEY is not an RSA key in PEM form, without a password",
                permanent=True,
                configuration=True,
            )
        return key


Login = ClientCredentials | JwtBearer


def sign_in(login: Login, deadline: Deadline, *, private_allowed: bool) -> str:
    """An access token. It has no time of its own to end: it is good until Salesforce says 401."""
    call = Call(NAME, "POST", "/services/oauth2/token", reads=True)
    form = login.form()
    host = Host(login.login_url, "SALESFORCE_LOGIN_URL", private_allowed)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form).encode()
    try:
        answer = host.send(NAME, call.path, method=call.method, headers=headers, body=body, deadline=deadline)
    except VendorError as error:
        error.ambiguous = False  # a second token does no harm
        raise
    check_transport(call, answer, vendor="Salesforce")
    said = read_object(call, answer)
    if answer.status == 429:
        raise VendorError(f"{NAME}: Salesforce asks us to slow down", permanent=False)
    if answer.status != 200:
        raise _refusal(said, *form.values())
    token = text(said, "access_token")
    if not token:
        raise VendorError(f"{NAME}: the answer has no access_token", permanent=False)
    return token


def _refusal(said: dict[str, object], *sent: str) -> AuthRevoked:
    """OAuth's errors are an object, where the REST API's are a list."""
    code = text(said, "error")
    secrets = [value for value in sent if value not in {"client_credentials", JWT_GRANT}]
    return AuthRevoked(quoted(NAME, f"{code} {text(said, 'error_description')}", *secrets), code=code)


def _part(said: dict[str, object]) -> str:
    return _base64(json.dumps(said, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
