alter table {= entity.table =}
enable row level security,
force row level security
