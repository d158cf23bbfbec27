"""The keys that sign access tokens: one signs, some older ones may still verify."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

{% if option.algorithm == "EdDSA" %}
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
{% else %}
from cryptography.hazmat.primitives.asymmetric import ec
{% endif %}
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
{% if option.algorithm == "EdDSA" %}
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
{% endif %}

from app.core.ports import Port

# The only algorithm that is written or accepted.
ALGORITHM: Final = "{= option.algorithm =}"
{% if option.algorithm == "EdDSA" %}

PrivateKey: TypeAlias = Ed25519PrivateKey
PublicKey: TypeAlias = Ed25519PublicKey
{% else %}

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey

# The order of the curve's group: private keys are the numbers from 1 to one less.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
{% endif %}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name under which others know its public half."""

    kid: str
    private: PrivateKey
    public: PublicKey
    jwk: Mapping[str, str]


def derive(secret: str) -> SigningKey:
    """The key that belongs to a secret: the same secret, the same key, on every instance."""
{% if option.algorithm == "EdDSA" %}
    seed = HKDF(SHA256(), length=32, salt=None, info=b"access-token-ed25519").derive(
        secret.encode()
    )
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": _text(raw)}
{% else %}
    seed = HKDF(SHA256(), length=48, salt=None, info=b"access-token-p256").derive(secret.encode())
    private = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    public = private.public_key()
    point = public.public_numbers()
    raw = point.x.to_bytes(32) + point.y.to_bytes(32)
    jwk = {"kty": "EC", "crv": "P-256", "x": _text(raw[:32]), "y": _text(raw[32:])}
{% endif %}
    kid = hashlib.sha256(raw).hexdigest()[:16]
    named = {**jwk, "kid": kid, "use": "sig", "alg": ALGORITHM}
    return SigningKey(kid, private, public, named)


class KeyRing:
    """The key that signs and all that verify."""

    def __init__(self, current: str, previous: Iterable[str] = ()) -> None:
        self.current: Final = derive(current)
        self._known = {key.kid: key for key in (self.current, *map(derive, previous))}

    def find(self, kid: object) -> SigningKey | None:
        """The key of that name, if it is one of ours."""
        return self._known.get(kid) if isinstance(kid, str) else None

    def published(self) -> list[Mapping[str, str]]:
        """The public halves, as a JSON Web Key Set lists them."""
        return [key.jwk for key in self._known.values()]


RING: Final = Port[KeyRing]("auth.keys")
