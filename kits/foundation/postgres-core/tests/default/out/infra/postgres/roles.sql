-- The roles and the database of the service. Run once for each server, as a superuser:
--   psql -v database=… -v owner_password=… -v login_password=… -f roles.sql
-- app_owner owns the tables and is for changing them; it may make databases for tests.
-- app_rw may read and write rows; app_login is in it, owns nothing and is what the service uses.
\set ON_ERROR_STOP on

create role app_owner login createdb nosuperuser nobypassrls password :'owner_password';
create role app_rw nologin nosuperuser nobypassrls;
create role app_login login nosuperuser nobypassrls password :'login_password' in role app_rw;

create database :"database" owner app_owner;
