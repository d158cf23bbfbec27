#!/bin/sh
# Runs once, when the data folder is empty: the roles with the passwords of .env, and the database.
set -eu

password() {
    rest=${1#*://*:}
    printf '%s' "${rest%%@*}"
}

database=${DATABASE_URL##*/}
psql --username "$POSTGRES_USER" \
    --set "database=${database%%\?*}" \
{% if migrations %}
    --set "owner_password=$(password "$MIGRATION_DATABASE_URL")" \
{% else %}
    --set "owner_password=$POSTGRES_PASSWORD" \
{% endif %}
    --set "login_password=$(password "$DATABASE_URL")" \
    --file /roles.sql
