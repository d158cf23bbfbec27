{% set line = module.title ~ ": " ~ change.lower ~ "." %}
{% if line | length <= 94 %}
"""{= line =}"""
{% else %}
"""{= module.title =}.

{= change.lower | capitalize =}.
"""
{% endif %}

{% if change.ops | length > 0 %}
{% filter imports(width=100) %}
from alembic import op
{% for step in change.ops %}
{% if step.columns is defined or step.column is defined or step.do == "alter-column" %}
import sqlalchemy as sa
{% endif %}
{% if step.columns is defined %}
{% for column in step.columns %}
{% if column.type == "json" %}
from sqlalchemy.dialects import postgresql
{% endif %}
{% endfor %}
{% elif step.column is defined %}
{% if step.column.type == "json" %}
from sqlalchemy.dialects import postgresql
{% endif %}
{% elif step.do == "alter-column" %}
{% if step.from.type == "json" or step.to.type == "json" %}
from sqlalchemy.dialects import postgresql
{% endif %}
{% endif %}
{% endfor %}
{% endfilter %}

{% endif %}
revision = "{= change.id =}"
{% if change.parents | length == 0 %}
down_revision = None
{% elif change.parents | length == 1 %}
down_revision = "{= change.parents[0] =}"
{% else %}
down_revision = (
{% for parent in change.parents %}
    "{= parent =}",
{% endfor %}
)
{% endif %}
{% if change.parents | length == 0 %}
branch_labels = ("{= module.snake =}",)
{% else %}
branch_labels = None
{% endif %}
{% if change.replaces | length > 0 %}
replaces = (
{% for replaced in change.replaces %}
    "{= replaced =}",
{% endfor %}
)
{% endif %}
{% if change.needs | length == 0 %}
depends_on = None
{% elif change.needs | length == 1 %}
depends_on = ("{= change.needs[0] =}",)
{% else %}
depends_on = (
{% for need in change.needs %}
    "{= need =}",
{% endfor %}
)
{% endif %}


def upgrade() -> None:
    """Apply."""
{% for step in change.ops %}
{% if step.do == "create-table" %}
    op.create_table(
        "{= step.table =}",
{% for column in step.columns %}
{% filter fit(width=100) %}
        sa.Column(
            "{= column.name =}",
            {% if (column.type == "string" or column.type == "email" or column.type == "url") and column.max is defined %}sa.String(length={= column.max =}){% else %}{= data.types[column.type].ddl =}{% endif %},
{% if column.default is defined %}
            server_default=sa.text({= column.default | quote =}),
{% endif %}
            nullable={% if column.required %}False{% else %}True{% endif %},
        ),
{% endfilter %}
{% endfor %}
{% for item in step.references %}
        sa.ForeignKeyConstraint(
{% filter fit(width=100) %}
            [
{% for column in item.columns %}
                "{= column =}",
{% endfor %}
            ],
{% endfilter %}
{% filter fit(width=100) %}
            [
{% for column in item.to %}
                "{= item.table =}.{= column =}",
{% endfor %}
            ],
{% endfilter %}
            name=op.f("{= item.name =}"),
{% if item.on_delete == "cascade" %}
            ondelete="CASCADE",
{% elif item.on_delete == "set-null" %}
            ondelete="SET NULL{% if item.set_null_columns is defined %} ({= item.set_null_columns | join(sep=", ") =}){% endif %}",
{% endif %}
        ),
{% endfor %}
{% for item in step.uniques %}
{% filter fit(width=100) %}
        sa.UniqueConstraint(
{% for column in item.columns %}
            "{= column =}",
{% endfor %}
            name=op.f("{= item.name =}"),
        ),
{% endfilter %}
{% endfor %}
        sa.PrimaryKeyConstraint("id", name=op.f("pk_{= step.table =}")),
    )
{% for item in step.indexes %}
{% filter fit(width=100) %}
    op.create_index(
        op.f("{= item.name =}"),
        "{= step.table =}",
        [{% for column in item.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% endfor %}
{% for column in step.columns %}
{% if column.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= column.check =}
        check (
            {= column.name =} in (
{% for value in column.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% endfor %}
{% for item in step.rules %}
    op.execute(
        """
        {= item.up | indent(width=8) =}
        """,
    )
{% endfor %}
{% elif step.do == "drop-table" %}
    op.drop_table("{= step.table =}")
{% elif step.do == "rename-table" %}
{% filter fit(width=100) %}
    op.rename_table(
        "{= step.table =}",
        "{= step.to =}",
    )
{% endfilter %}
{% elif step.do == "add-column" %}
    op.add_column(
        "{= step.table =}",
{% filter fit(width=100) %}
        sa.Column(
            "{= step.column.name =}",
            {% if (step.column.type == "string" or step.column.type == "email" or step.column.type == "url") and step.column.max is defined %}sa.String(length={= step.column.max =}){% else %}{= data.types[step.column.type].ddl =}{% endif %},
{% if step.column.default is defined %}
            server_default=sa.text({= step.column.default | quote =}),
{% elif step.fill is defined %}
            server_default=sa.text({= step.fill | quote =}),
{% endif %}
            nullable={% if step.column.required %}False{% else %}True{% endif %},
        ),
{% endfilter %}
    )
{% if step.fill is defined and step.column.default is not defined %}
{% filter fit(width=100) %}
    op.alter_column(
        "{= step.table =}",
        "{= step.column.name =}",
        server_default=None,
    )
{% endfilter %}
{% endif %}
{% if step.column.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= step.column.check =}
        check (
            {= step.column.name =} in (
{% for value in step.column.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% elif step.do == "drop-column" %}
{% filter fit(width=100) %}
    op.drop_column(
        "{= step.table =}",
        "{= step.column.name =}",
    )
{% endfilter %}
{% elif step.do == "rename-column" %}
{% filter fit(width=100) %}
    op.alter_column(
        "{= step.table =}",
        "{= step.from =}",
        new_column_name="{= step.to =}",
    )
{% endfilter %}
{% elif step.do == "alter-column" %}
{% if step.from.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        drop constraint {= step.from.check =}
        """,
    )
{% endif %}
{% if step.from.default is defined and step.from.type != step.to.type %}
{% filter fit(width=100) %}
    op.alter_column(
        "{= step.table =}",
        "{= step.from.name =}",
        server_default=None,
    )
{% endfilter %}
{% endif %}
    op.alter_column(
        "{= step.table =}",
        "{= step.from.name =}",
        existing_type={% if (step.from.type == "string" or step.from.type == "email" or step.from.type == "url") and step.from.max is defined %}sa.String(length={= step.from.max =}){% else %}{= data.types[step.from.type].ddl =}{% endif %},
        type_={% if (step.to.type == "string" or step.to.type == "email" or step.to.type == "url") and step.to.max is defined %}sa.String(length={= step.to.max =}){% else %}{= data.types[step.to.type].ddl =}{% endif %},
        nullable={% if step.to.required %}False{% else %}True{% endif %},
{% if step.to.default is defined %}
        server_default=sa.text({= step.to.default | quote =}),
{% elif step.from.default is defined %}
        server_default=None,
{% endif %}
{% if step.fill is defined %}
{% set filled = "coalesce(" ~ step.to.name ~ "::" ~ data.types[step.to.type].cast ~ ", " ~ step.fill ~ ")" %}
        postgresql_using={= filled | quote =},
{% elif step.from.type != step.to.type %}
        postgresql_using="{= step.to.name =}::{= data.types[step.to.type].cast =}",
{% endif %}
    )
{% if step.to.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= step.to.check =}
        check (
            {= step.to.name =} in (
{% for value in step.to.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% elif step.do == "add-index" %}
{% filter fit(width=100) %}
    op.create_index(
        op.f("{= step.index.name =}"),
        "{= step.table =}",
        [{% for column in step.index.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% elif step.do == "drop-index" %}
{% filter fit(width=100) %}
    op.drop_index(
        op.f("{= step.index.name =}"),
        table_name="{= step.table =}",
    )
{% endfilter %}
{% elif step.do == "add-unique" %}
{% filter fit(width=100) %}
    op.create_unique_constraint(
        op.f("{= step.unique.name =}"),
        "{= step.table =}",
        [{% for column in step.unique.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% elif step.do == "drop-unique" %}
{% filter fit(width=100) %}
    op.drop_constraint(
        op.f("{= step.unique.name =}"),
        "{= step.table =}",
        type_="unique",
    )
{% endfilter %}
{% elif step.do == "add-reference" %}
    op.create_foreign_key(
        op.f("{= step.reference.name =}"),
        "{= step.table =}",
        "{= step.reference.table =}",
{% filter fit(width=100) %}
        [
{% for column in step.reference.columns %}
            "{= column =}",
{% endfor %}
        ],
{% endfilter %}
{% filter fit(width=100) %}
        [
{% for column in step.reference.to %}
            "{= column =}",
{% endfor %}
        ],
{% endfilter %}
{% if step.reference.on_delete == "cascade" %}
        ondelete="CASCADE",
{% elif step.reference.on_delete == "set-null" %}
        ondelete="SET NULL{% if step.reference.set_null_columns is defined %} ({= step.reference.set_null_columns | join(sep=", ") =}){% endif %}",
{% endif %}
    )
{% elif step.do == "drop-reference" %}
{% filter fit(width=100) %}
    op.drop_constraint(
        op.f("{= step.reference.name =}"),
        "{= step.table =}",
        type_="foreignkey",
    )
{% endfilter %}
{% elif step.do == "add-rule" %}
    op.execute(
        """
        {= step.rule.up | indent(width=8) =}
        """,
    )
{% elif step.do == "drop-rule" %}
    op.execute(
        """
        {= step.rule.down | indent(width=8) =}
        """,
    )
{% elif step.do == "rename-constraint" %}
    op.execute(
        """
        alter table {= step.table =}
        rename constraint {= step.from =}
        to {= step.to =}
        """,
    )
{% elif step.do == "rename-index" %}
    op.execute(
        """
        alter index {= step.from =}
        rename to {= step.to =}
        """,
    )
{% elif step.do == "run-sql" %}
{% for statement in step.up %}
    op.get_bind().exec_driver_sql(
{% if statement is containing(pat="\\") or statement is containing(pat='"') %}
        {= statement | quote =},
{% else %}
        """
        {= statement | indent(width=8) =}
        """,
{% endif %}
    )
{% endfor %}
{% else %}
{= throw(message="unknown operation `" ~ step.do ~ "`") =}
{% endif %}
{% endfor %}


def downgrade() -> None:
    """Revert."""
{% for step in change.ops | reverse %}
{% if step.do == "create-table" %}
    op.drop_table("{= step.table =}")
{% elif step.do == "drop-table" %}
    op.create_table(
        "{= step.table =}",
{% for column in step.columns %}
{% filter fit(width=100) %}
        sa.Column(
            "{= column.name =}",
            {% if (column.type == "string" or column.type == "email" or column.type == "url") and column.max is defined %}sa.String(length={= column.max =}){% else %}{= data.types[column.type].ddl =}{% endif %},
{% if column.default is defined %}
            server_default=sa.text({= column.default | quote =}),
{% endif %}
            nullable={% if column.required %}False{% else %}True{% endif %},
        ),
{% endfilter %}
{% endfor %}
{% for item in step.references %}
        sa.ForeignKeyConstraint(
{% filter fit(width=100) %}
            [
{% for column in item.columns %}
                "{= column =}",
{% endfor %}
            ],
{% endfilter %}
{% filter fit(width=100) %}
            [
{% for column in item.to %}
                "{= item.table =}.{= column =}",
{% endfor %}
            ],
{% endfilter %}
            name=op.f("{= item.name =}"),
{% if item.on_delete == "cascade" %}
            ondelete="CASCADE",
{% elif item.on_delete == "set-null" %}
            ondelete="SET NULL{% if item.set_null_columns is defined %} ({= item.set_null_columns | join(sep=", ") =}){% endif %}",
{% endif %}
        ),
{% endfor %}
{% for item in step.uniques %}
{% filter fit(width=100) %}
        sa.UniqueConstraint(
{% for column in item.columns %}
            "{= column =}",
{% endfor %}
            name=op.f("{= item.name =}"),
        ),
{% endfilter %}
{% endfor %}
        sa.PrimaryKeyConstraint("id", name=op.f("pk_{= step.table =}")),
    )
{% for item in step.indexes %}
{% filter fit(width=100) %}
    op.create_index(
        op.f("{= item.name =}"),
        "{= step.table =}",
        [{% for column in item.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% endfor %}
{% for column in step.columns %}
{% if column.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= column.check =}
        check (
            {= column.name =} in (
{% for value in column.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% endfor %}
{% for item in step.rules %}
    op.execute(
        """
        {= item.up | indent(width=8) =}
        """,
    )
{% endfor %}
{% elif step.do == "rename-table" %}
{% filter fit(width=100) %}
    op.rename_table(
        "{= step.to =}",
        "{= step.table =}",
    )
{% endfilter %}
{% elif step.do == "add-column" %}
{% filter fit(width=100) %}
    op.drop_column(
        "{= step.table =}",
        "{= step.column.name =}",
    )
{% endfilter %}
{% elif step.do == "drop-column" %}
    op.add_column(
        "{= step.table =}",
{% filter fit(width=100) %}
        sa.Column(
            "{= step.column.name =}",
            {% if (step.column.type == "string" or step.column.type == "email" or step.column.type == "url") and step.column.max is defined %}sa.String(length={= step.column.max =}){% else %}{= data.types[step.column.type].ddl =}{% endif %},
{% if step.column.default is defined %}
            server_default=sa.text({= step.column.default | quote =}),
{% endif %}
            nullable={% if step.column.required %}False{% else %}True{% endif %},
        ),
{% endfilter %}
    )
{% if step.column.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= step.column.check =}
        check (
            {= step.column.name =} in (
{% for value in step.column.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% elif step.do == "rename-column" %}
{% filter fit(width=100) %}
    op.alter_column(
        "{= step.table =}",
        "{= step.to =}",
        new_column_name="{= step.from =}",
    )
{% endfilter %}
{% elif step.do == "alter-column" %}
{% if step.to.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        drop constraint {= step.to.check =}
        """,
    )
{% endif %}
{% if step.to.default is defined and step.to.type != step.from.type %}
{% filter fit(width=100) %}
    op.alter_column(
        "{= step.table =}",
        "{= step.to.name =}",
        server_default=None,
    )
{% endfilter %}
{% endif %}
    op.alter_column(
        "{= step.table =}",
        "{= step.to.name =}",
        existing_type={% if (step.to.type == "string" or step.to.type == "email" or step.to.type == "url") and step.to.max is defined %}sa.String(length={= step.to.max =}){% else %}{= data.types[step.to.type].ddl =}{% endif %},
        type_={% if (step.from.type == "string" or step.from.type == "email" or step.from.type == "url") and step.from.max is defined %}sa.String(length={= step.from.max =}){% else %}{= data.types[step.from.type].ddl =}{% endif %},
        nullable={% if step.from.required %}False{% else %}True{% endif %},
{% if step.from.default is defined %}
        server_default=sa.text({= step.from.default | quote =}),
{% elif step.to.default is defined %}
        server_default=None,
{% endif %}
{% if step.to.type != step.from.type %}
        postgresql_using="{= step.from.name =}::{= data.types[step.from.type].cast =}",
{% endif %}
    )
{% if step.from.values is defined %}
    op.execute(
        """
        alter table {= step.table =}
        add constraint {= step.from.check =}
        check (
            {= step.from.name =} in (
{% for value in step.from.values %}
                '{= value =}'{= "" if loop.last else "," =}
{% endfor %}
            )
        )
        """,
    )
{% endif %}
{% elif step.do == "add-index" %}
{% filter fit(width=100) %}
    op.drop_index(
        op.f("{= step.index.name =}"),
        table_name="{= step.table =}",
    )
{% endfilter %}
{% elif step.do == "drop-index" %}
{% filter fit(width=100) %}
    op.create_index(
        op.f("{= step.index.name =}"),
        "{= step.table =}",
        [{% for column in step.index.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% elif step.do == "add-unique" %}
{% filter fit(width=100) %}
    op.drop_constraint(
        op.f("{= step.unique.name =}"),
        "{= step.table =}",
        type_="unique",
    )
{% endfilter %}
{% elif step.do == "drop-unique" %}
{% filter fit(width=100) %}
    op.create_unique_constraint(
        op.f("{= step.unique.name =}"),
        "{= step.table =}",
        [{% for column in step.unique.columns %}"{= column =}"{% if not loop.last %}, {% endif %}{% endfor %}],
    )
{% endfilter %}
{% elif step.do == "add-reference" %}
{% filter fit(width=100) %}
    op.drop_constraint(
        op.f("{= step.reference.name =}"),
        "{= step.table =}",
        type_="foreignkey",
    )
{% endfilter %}
{% elif step.do == "drop-reference" %}
    op.create_foreign_key(
        op.f("{= step.reference.name =}"),
        "{= step.table =}",
        "{= step.reference.table =}",
{% filter fit(width=100) %}
        [
{% for column in step.reference.columns %}
            "{= column =}",
{% endfor %}
        ],
{% endfilter %}
{% filter fit(width=100) %}
        [
{% for column in step.reference.to %}
            "{= column =}",
{% endfor %}
        ],
{% endfilter %}
{% if step.reference.on_delete == "cascade" %}
        ondelete="CASCADE",
{% elif step.reference.on_delete == "set-null" %}
        ondelete="SET NULL{% if step.reference.set_null_columns is defined %} ({= step.reference.set_null_columns | join(sep=", ") =}){% endif %}",
{% endif %}
    )
{% elif step.do == "add-rule" %}
    op.execute(
        """
        {= step.rule.down | indent(width=8) =}
        """,
    )
{% elif step.do == "drop-rule" %}
    op.execute(
        """
        {= step.rule.up | indent(width=8) =}
        """,
    )
{% elif step.do == "rename-constraint" %}
    op.execute(
        """
        alter table {= step.table =}
        rename constraint {= step.to =}
        to {= step.from =}
        """,
    )
{% elif step.do == "rename-index" %}
    op.execute(
        """
        alter index {= step.to =}
        rename to {= step.from =}
        """,
    )
{% elif step.do == "run-sql" %}
{% for statement in step.down %}
    op.get_bind().exec_driver_sql(
{% if statement is containing(pat="\\") or statement is containing(pat='"') %}
        {= statement | quote =},
{% else %}
        """
        {= statement | indent(width=8) =}
        """,
{% endif %}
    )
{% endfor %}
{% else %}
{= throw(message="unknown operation `" ~ step.do ~ "`") =}
{% endif %}
{% endfor %}
