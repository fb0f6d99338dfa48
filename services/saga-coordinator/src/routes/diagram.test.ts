import { randomUUID } from 'node:crypto'
import { inventoryReserved, orderCreated, paymentFailed, type Said } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startRunning } from '../../test/running.ts'

let running: Running
let coordinator: Running['coordinator']
let wire: Running['wire']

beforeAll(async () => {
  running = await startRunning(['payment-service-commands'])
  coordinator = running.coordinator
  wire = running.wire
})
afterAll(() => running.close())

const get = (url: string, accept?: string) =>
  coordinator.http.inject({ method: 'GET', url, headers: accept === undefined ? {} : { accept } })

const reaches = (sagaId: string, state: unknown) =>
  eventually(async () => expect((await get(`/sagas/${sagaId}`)).json()).toMatchObject({ state }))

/** An order whose payment was declined, so that its stock is being released. */
const declinedOrder = async (): Promise<string> => {
  const sagaId = randomUUID()
  const orderId = randomUUID()
  const say = (said: Said, causationId?: string) =>
    wire.send(said, { correlationId: sagaId, ...(causationId !== undefined && { causationId }) })
  const price = { amount: 500, currency: 'EUR' }
  await say(orderCreated({ orderId, customerId: 'c', items: [{ sku: 'tea', quantity: 1, price }], total: price }))
  await reaches(sagaId, 'reservingStock')
  await say(inventoryReserved({ orderId }))
  const charge = await eventually(() => {
    const heard = wire.heard.find(({ message }) => message.correlationId === sagaId)
    if (!heard) throw new Error('nobody was asked to charge')
    return heard.message.id
  })
  await say(paymentFailed({ orderId, reason: 'declined' }), charge)
  await reaches(sagaId, { releasingStock: 'asking' })
  return sagaId
}

describe("the picture of a saga's statechart", () => {
  test('is an SVG that is complete in itself, marked with where the saga is', async () => {
    const answer = await get(`/sagas/${await declinedOrder()}/diagram`, 'image/svg+xml')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      vary: 'accept',
      'content-security-policy': expect.stringContaining("style-src 'unsafe-inline'"),
    })
    expect(answer.body).toMatch(/^<svg .*role="img"/)
    expect(answer.body).toContain('It is in releasingStock.asking.')
    expect(answer.body).not.toMatch(/<script|href=/)
  })

  test('says as JSON which lines of the history took which edges', async () => {
    const picture = (await get(`/sagas/${await declinedOrder()}/diagram`, 'application/json')).json()
    expect(picture).toMatchObject({
      definition: 'order',
      version: 1,
      saga: { status: 'COMPENSATING', ended: false },
      live: ['releasingStock.asking'],
      taken: [
        { seq: 1, type: 'order.created.v1', explained: true },
        { seq: 2, type: 'inventory.reserved.v1', explained: true },
        { seq: 3, type: 'payment.failed.v1', explained: true },
      ],
    })
    const declined = picture.edges.find(({ taken }: { taken: number[] }) => taken.includes(3))
    expect(declined).toMatchObject({ from: 'state:takingPayment', to: 'state:releasingStock' })
  })

  test('is text for Mermaid', async () => {
    const answer = await get(`/sagas/${await declinedOrder()}/diagram`, 'text/vnd.mermaid')
    expect(answer.headers['content-type']).toBe('text/vnd.mermaid; charset=utf-8')
    expect(answer.body).toMatch(/^stateDiagram-v2\n/)
    expect(answer.body).toContain('s_takingPayment --> s_releasingStock : (3) payment.failed')
    expect(answer.body).toContain('class s_releasingStock_asking live')
  })

  test('comes in the form that is wanted most, and in none that is not wanted', async () => {
    const url = `/sagas/${await declinedOrder()}/diagram`
    const typeFor = async (accept?: string) => (await get(url, accept)).headers['content-type']
    expect(await typeFor()).toContain('image/svg+xml')
    expect(await typeFor('*/*')).toContain('image/svg+xml')
    expect(await typeFor('image/svg+xml;q=0.4, text/vnd.mermaid;q=0.6')).toContain('text/vnd.mermaid')
    const refused = await get(url, 'text/html')
    expect(refused.statusCode).toBe(406)
    expect(refused.json()).toMatchObject({
      type: 'urn:skald:problem:not-acceptable',
      detail: expect.stringContaining('image/svg+xml, text/vnd.mermaid, application/json'),
    })
  })

  test('is not there for a saga that has not started', async () => {
    const answer = await get(`/sagas/${randomUUID()}/diagram`)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ type: 'urn:skald:problem:saga-not-found' })
  })
})

describe("the picture of a definition's statechart", () => {
  test('has no way and no place, and is of the version that is named', async () => {
    const picture = (await get('/definitions/order/diagram?version=1', 'application/json')).json()
    expect(picture).toMatchObject({ definition: 'order', version: 1, taken: [], live: [] })
    expect(picture.saga).toBeUndefined()
    expect((await get('/definitions/order/diagram')).body).toBe(
      (await get('/definitions/order/diagram?version=1')).body,
    )
  })

  test('is not there for a name or version that nobody runs', async () => {
    for (const url of ['/definitions/nothing/diagram', '/definitions/order/diagram?version=77']) {
      const answer = await get(url)
      expect(answer.statusCode).toBe(404)
      expect(answer.json()).toMatchObject({ type: 'urn:skald:problem:definition-not-found' })
    }
    expect((await get('/definitions/order/diagram?version=one')).statusCode).toBe(400)
  })

  test('stands in the OpenAPI document with its three forms', async () => {
    const { paths } = (await get('/openapi.json')).json()
    const { content } = paths['/definitions/{name}/diagram'].get.responses['200']
    expect(Object.keys(content)).toEqual(['image/svg+xml', 'text/vnd.mermaid', 'application/json'])
  })
})
