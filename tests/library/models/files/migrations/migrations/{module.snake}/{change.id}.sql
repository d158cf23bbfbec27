{% for op in change.ops %}
{% if op.do == "create-table" %}
create table {= op.table =} ({= op.columns | length =});
{% endif %}
{% endfor %}
