"""Each new entry holds a digest over itself and the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "audit_0002"
down_revision = "audit_0001"
branch_labels = None
depends_on = None

NAME = """
create function audit_chain_name() returns text language sql stable as $$ select ''::text $$
"""

DIGEST = """
create function audit_digest(entry audit_entries, before bytea) returns bytea
language sql stable as $$
    select sha256(coalesce(before, ''::bytea) || convert_to(jsonb_build_array(
        entry.id, entry.event_id, extract(epoch from entry.at), entry.action, entry.subject,
        entry.actor_id, entry.actor_kind, entry.session_id, entry.address, entry.request_id,
        entry.details, entry.chain
    )::text, 'UTF8'))
$$
"""

# The lock makes writers of one chain wait for each other; the id is drawn behind it, so that the
# order of ids is the order of the chain.
LINK = """
create function audit_link() returns trigger language plpgsql as $$
declare before bytea;
begin
    new.chain := audit_chain_name();
    perform pg_advisory_xact_lock(hashtextextended('audit_entries:' || new.chain, 0));
    new.id := nextval(pg_get_serial_sequence('audit_entries', 'id'));
    select digest into before from audit_entries
        where chain = new.chain order by id desc limit 1;
    new.digest := audit_digest(new, before);
    return new;
end
$$
"""


def upgrade() -> None:
    """Add the chain; entries from before have no digest."""
    op.add_column("audit_entries", sa.Column("chain", sa.String(), nullable=True))
    op.add_column("audit_entries", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_audit_entries_chain_id"), "audit_entries", ["chain", "id"])
    op.execute(NAME)
    op.execute(DIGEST)
    op.execute(LINK)
    op.execute(
        "create trigger audit_link before insert on audit_entries "
        "for each row execute function audit_link()"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop trigger audit_link on audit_entries")
    op.execute("drop function audit_link()")
    op.execute("drop function audit_digest(audit_entries, bytea)")
    op.execute("drop function audit_chain_name()")
    op.drop_index(op.f("ix_audit_entries_chain_id"), "audit_entries")
    op.drop_column("audit_entries", "digest")
    op.drop_column("audit_entries", "chain")
