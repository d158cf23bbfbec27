"""Why a sign-in is refused: always in the same words, so that the answer tells nothing."""

{% if option.cookies %}
from app.core.problems import Forbidden, Unauthenticated
{% else %}
from app.core.problems import Unauthenticated
{% endif %}


class InvalidCredentials(Unauthenticated):
    """Unknown address, wrong password, locked or disabled account: nobody can tell which."""

    type = "/problems/invalid-credentials"
    title = "The e-mail address or the password is wrong"


class InvalidToken(Unauthenticated):
    """The token is not valid, or its session is over."""

    type = "/problems/invalid-token"
    title = "Sign in again"

    def __init__(self) -> None:
        super().__init__(headers={"www-authenticate": 'Bearer error="invalid_token"'})
{% if option.cookies %}


class ForeignOrigin(Forbidden):
    """Another site made the browser send this request."""

    type = "/problems/foreign-origin"
    title = "The request comes from another site"
{% endif %}
