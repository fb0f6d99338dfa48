import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { HttpLanes } from './http-lanes.ts'

let server: Server
let lanes: HttpLanes

const answer = (response: ServerResponse, body: string): void =>
  void response.writeHead(201, { 'content-length': body.length }).end(body)

/** Answers each POST with what it was given, and breaks the connection of one that says so. */
const listen = async (count: number): Promise<void> => {
  server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => {
      if (body === 'break') request.socket.destroy()
      else answer(response, `${request.url} ${body}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  lanes = new HttpLanes(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, count)
}

afterEach(async () => {
  lanes.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('more requests than connections wait their turn, and each gets its own answer', async () => {
  await listen(2)

  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => lanes.post('/orders', `order ${index}`)))

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201))
  expect(answers.map(({ body }) => body)).toEqual(answers.map((_, index) => `/orders order ${index}`))
})

test('a broken connection rejects its request and no other, and the next one has a new connection', async () => {
  await listen(1)

  const [broken, next] = await Promise.allSettled([lanes.post('/orders', 'break'), lanes.post('/orders', 'again')])

  expect([broken.status, next.status]).toEqual(['rejected', 'fulfilled'])
})

test('a connection that the server has closed in the meantime is opened again', async () => {
  await listen(1)
  await lanes.post('/orders', 'first')
  const closed = new Promise((resolve) => server.once('connection', resolve))
  server.closeIdleConnections()

  const outcomes = await Promise.allSettled([lanes.post('/orders', 'a'), lanes.post('/orders', 'b')])

  expect(outcomes.at(-1)).toMatchObject({ status: 'fulfilled', value: { body: '/orders b' } })
  await closed
})

test("what the server says unasked is nobody's answer, and costs no later one", async () => {
  await listen(1)
  const connected = once(server, 'connection')
  await lanes.post('/orders', 'first')
  const [socket]: Socket[] = await connected
  const closed = socket && once(socket, 'close')
  socket?.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n')
  await closed

  const answers = await Promise.all(['a', 'b', 'c'].map((body) => lanes.post('/orders', body)))

  expect(answers.map(({ body }) => body)).toEqual(['/orders a', '/orders b', '/orders c'])
})

test('nothing is sent when they are closed', async () => {
  await listen(1)
  lanes.close()

  await expect(lanes.post('/orders', 'late')).rejects.toThrow('closed')
})
