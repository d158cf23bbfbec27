drop policy tenant on {= entity.table =}
