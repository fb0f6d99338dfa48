/*
 * The effects of an order on the services' own tables, each as one statement that is a transaction by itself: one round
 * trip and one commit, where BEGIN, two statements and COMMIT take four. Chosen because it is the fastest plain form that
 * keeps the guards which somebody who writes well would keep (see README.md for what was measured).
 */

/** The server parses and plans a name once a connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export const placeOrder: Statement = {
  name: 'place_order',
  text: `
    INSERT INTO orders (order_id, saga_id, customer_id, items, total_amount, currency, status, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', now(), now())`,
}

/*
 * "= ANY" on the key walks the index in its order, so any two orders lock their stock in the order of SKUs. That there is
 * enough is checked by the table's own constraint, on the row as it is when it is locked; that no SKU was unknown, by
 * skald_expect, which fails the transaction.
 */
const CHANGE = '($3::bigint[])[array_position($2::text[], sku)]'

export const reserveStock: Statement = {
  name: 'reserve_stock',
  text: `
    WITH held AS (
      UPDATE stock SET reserved = reserved + ${CHANGE} WHERE sku = ANY($2::text[]) RETURNING 1
    )
    INSERT INTO reservation (order_id, status, items, missing, updated_at)
    SELECT $1, 'HELD', $4, '[]', now()
    FROM (SELECT skald_expect(count(*), cardinality($2::text[])) FROM held) AS checked`,
}

export const commitStock: Statement = {
  name: 'commit_stock',
  text: `
    WITH ended AS (
      UPDATE reservation SET status = 'COMMITTED', updated_at = now()
      WHERE order_id = $1 AND status = 'HELD' RETURNING 1
    )
    UPDATE stock SET on_hand = on_hand - ${CHANGE}, reserved = reserved - ${CHANGE}
    WHERE sku = ANY($2::text[]) AND EXISTS (SELECT FROM ended)`,
}

export const releaseStock: Statement = {
  name: 'release_stock',
  text: `
    WITH ended AS (
      UPDATE reservation SET status = 'RELEASED', updated_at = now()
      WHERE order_id = $1 AND status = 'HELD' RETURNING 1
    )
    UPDATE stock SET reserved = reserved - ${CHANGE}
    WHERE sku = ANY($2::text[]) AND EXISTS (SELECT FROM ended)`,
}

/** A payment whose outcome is known, or the intent of one: then with the key of the call that is under way. */
export const recordPayment: Statement = {
  name: 'record_payment',
  text: `
    INSERT INTO payment
      (order_id, status, amount, currency, undone, call, transactions, open_commands, created_at, updated_at)
    VALUES ($1, $2, $3, $4, false, $5, $6, '[]', now(), now())`,
}

export const settlePayment: Statement = {
  name: 'settle_payment',
  text: `
    UPDATE payment SET status = $2, call = NULL, transactions = $3, updated_at = now()
    WHERE order_id = $1 AND status = 'PENDING'`,
}

/** In the simulated gateway's own books. */
export const chargeAtGateway: Statement = {
  name: 'charge_at_gateway',
  text: `
    INSERT INTO gateway.charge
      (key, order_id, amount, currency, outcome, reason, first_called_at, settled_at, failures, refunded, refused_refunds)
    VALUES ($1, $2, $3, $4, $5, $6, now(), now(), 0, 0, 0)`,
}

export const endOrder: Statement = {
  name: 'end_order',
  text: `
    UPDATE orders SET status = $2, reason = $3, updated_at = now()
    WHERE order_id = $1 AND status = 'PENDING'`,
}
