import { connect } from 'nats'

const nc = await connect({ servers: '127.0.0.1:14222', user: 'admin', pass: 'secret' })
const id = process.argv[2] ?? 'o1'
const e = {
  specversion: '1.0',
  id: 'evt-' + id,
  source: '/x',
  type: 'order.created.v1',
  subject: id,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  correlationid: 'saga-' + id,
  data: {
    orderId: id,
    sagaId: 'saga-' + id,
    customerId: 'c',
    items: [{ sku: 'A', quantity: 2, price: { amount: 100, currency: 'EUR' } }],
    total: { amount: 200, currency: 'EUR' },
    paymentMethod: process.argv[3] ?? 'sim_approved',
  },
}
console.log((await nc.request('order.created.v1', JSON.stringify(e))).string())
await nc.close()
