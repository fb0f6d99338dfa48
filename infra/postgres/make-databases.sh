#!/bin/sh
# Runs once, when the volume is empty: a role and a database for each service, closed to the other roles.
set -eu

make_database() {
  # The password travels as a variable of psql, which quotes it.
  psql -v ON_ERROR_STOP=1 -U postgres -d postgres -v role="$1" -v database="$2" -v password="$3" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
SQL
}

make_database order-service order_db "$ORDER_DATABASE_PASSWORD"
make_database payment-service payment_db "$PAYMENT_DATABASE_PASSWORD"
make_database inventory-service inventory_db "$INVENTORY_DATABASE_PASSWORD"
make_database saga-coordinator saga_db "$SAGA_DATABASE_PASSWORD"
