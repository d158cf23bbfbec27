alter table {= entity.table =}
no force row level security,
disable row level security
