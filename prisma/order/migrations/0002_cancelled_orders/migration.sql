-- Cancelled orders, for lists by status: written once. Of the others, those that are pending have an announcement's task,
-- and those that are confirmed are nearly all.
CREATE TABLE order_cancelled (
  order_id text PRIMARY KEY,
  created_at timestamptz NOT NULL
);
CREATE INDEX order_cancelled_created_at ON order_cancelled (created_at, order_id);

INSERT INTO order_cancelled (order_id, created_at)
  SELECT order_id, created_at FROM order_list WHERE status = 'CANCELLED';
DROP TABLE order_list;
