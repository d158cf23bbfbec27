"""The address of the database, as the driver wants it."""

from sqlalchemy import URL, make_url


def driver_url(address: str) -> URL:
    """Accept `postgres://` and `postgresql://` with libpq's `sslmode`; use the async driver."""
    url = make_url(address.replace("postgres://", "postgresql://", 1))
    if url.get_backend_name() != "postgresql":
        message = f"not a PostgreSQL address: {url.render_as_string(hide_password=True)}"
        raise ValueError(message)
    mode = url.query.get("sslmode")
    query = {name: value for name, value in url.query.items() if name != "sslmode"}
    if mode is not None:
        query["ssl"] = mode
    return url.set(drivername="postgresql+asyncpg", query=query)
