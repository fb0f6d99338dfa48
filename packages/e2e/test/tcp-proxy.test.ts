import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TcpProxy, type Watch } from '@skald/e2e'
import { expect, onTestFinished, test } from 'vitest'

/** A server that keeps what it hears and the sockets it hears it on. */
const listener = async () => {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const accepted = async (): Promise<Socket> => {
    await expect.poll(() => sockets.length).toBeGreaterThan(0)
    return sockets.at(-1) as Socket
  }
  return { port: (server.address() as AddressInfo).port, accepted, sockets }
}

const heardBy = (socket: Socket) => {
  const chunks: Buffer[] = []
  socket.on('data', (bytes) => chunks.push(bytes))
  return () => Buffer.concat(chunks).toString()
}

const dialing = (port: number): Socket => {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

const dial = async (port: number): Promise<Socket> => {
  const socket = dialing(port)
  await once(socket, 'connect')
  return socket
}

const proxied = async (follow?: () => Watch) => {
  const behind = await listener()
  const proxy = await TcpProxy.listen(behind.port)
  onTestFinished(() => proxy.close())
  if (follow) proxy.watch(follow)
  const client = await dial(proxy.port)
  const server = await behind.accepted()
  return { proxy, client, server, behind, clientHeard: heardBy(client), serverHeard: heardBy(server) }
}

/** How a socket ends: with an error's code, or by a plain end. */
const endOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('end', () => resolve('end'))
  })

test('forwards both ways, and the end of each half by itself', async () => {
  const { client, server, clientHeard, serverHeard, proxy } = await proxied()
  client.end('question')
  await once(server, 'end')
  expect(serverHeard()).toBe('question')
  server.end('answer')
  await once(client, 'end')
  expect(clientHeard()).toBe('answer')
  await expect.poll(() => proxy.connections).toBe(0)
})

test('a delay holds every chunk back for its time and keeps their order', async () => {
  const { proxy, client, serverHeard } = await proxied()
  proxy.delay(300)
  const sentMs = performance.now()
  for (const part of ['a', 'b', 'c']) client.write(part)
  await expect.poll(serverHeard).toBe('abc')
  // A timer may be a millisecond early.
  expect(performance.now() - sentMs).toBeGreaterThan(298)
})

test('nothing comes out of a black hole until it is over, and then everything, once', async () => {
  const { proxy, client, server, clientHeard, serverHeard } = await proxied()
  proxy.blackHole()
  client.write('lost?')
  server.write('you, too?')
  const other = await proxied()
  other.client.write('meanwhile')
  await expect.poll(other.serverHeard).toBe('meanwhile')
  expect([serverHeard(), clientHeard()]).toEqual(['', ''])
  proxy.resume()
  await expect.poll(serverHeard).toBe('lost?')
  await expect.poll(clientHeard).toBe('you, too?')
})

test('a black hole swallows what was on its way already', async () => {
  const { proxy, client, serverHeard } = await proxied()
  proxy.delay(200)
  client.write('on its way')
  await expect.poll(() => client.bytesWritten - client.writableLength).toBe(10)
  const later = await proxied()
  later.proxy.delay(400)
  later.client.write('arrives')
  proxy.blackHole()
  await expect.poll(later.serverHeard).toBe('arrives')
  expect(serverHeard()).toBe('')
  proxy.resume()
  await expect.poll(serverHeard).toBe('on its way')
})

test('a black hole in one direction leaves the other open, and hides the end of a peer', async () => {
  const { proxy, client, server, clientHeard } = await proxied()
  const ended = endOf(server)
  proxy.blackHole('toServer')
  client.write('unheard')
  server.write('heard')
  await expect.poll(clientHeard).toBe('heard')
  client.destroy()
  server.write('again')
  expect(await Promise.race([ended, once(client, 'close').then(() => 'nothing yet')])).toBe('nothing yet')
  proxy.resume()
  expect(['end', 'ECONNRESET', 'EPIPE']).toContain(await ended)
})

test('a reset reaches both ends as an RST, and the next connection comes through', async () => {
  const { proxy, client, server, behind } = await proxied()
  const ends = [endOf(client), endOf(server)]
  proxy.reset()
  expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET'])
  const next = await dial(proxy.port)
  next.write('again')
  await expect.poll(() => behind.sockets.length).toBe(2)
})

test('what is cut stays cut until it is resumed', async () => {
  const { proxy, client, behind } = await proxied()
  const cut = endOf(client)
  proxy.cut()
  expect(await cut).toBe('ECONNRESET')
  expect(await endOf(dialing(proxy.port))).toBe('ECONNRESET')
  expect(behind.sockets).toHaveLength(1)
  proxy.resume()
  await dial(proxy.port)
  await expect.poll(() => behind.sockets.length).toBe(2)
})

test('a server that is not there, or dies, ends the connection', async () => {
  const { proxy, client, server } = await proxied()
  const ended = endOf(client)
  server.resetAndDestroy()
  expect(await ended).toBe('ECONNRESET')
  await expect.poll(() => proxy.connections).toBe(0)
  const nowhere = await TcpProxy.listen(1)
  onTestFinished(() => nowhere.close())
  expect(await endOf(dialing(nowhere.port))).toBe('ECONNRESET')
})

test('keeps little: who sends what cannot go on has to wait', async () => {
  const { proxy, client, server } = await proxied()
  proxy.delay(600_000)
  const most = 64 * 1_048_576
  const chunk = Buffer.alloc(65_536)
  let sent = 0
  const send = (): void => {
    for (let goesOn = true; goesOn && sent < most; sent += chunk.length) goesOn = client.write(chunk)
  }
  client.on('drain', send)
  send()
  let before = -1
  const isStuck = (): boolean => {
    const now = client.bytesWritten - client.writableLength
    const same = now === before
    before = now
    return same && client.writableNeedDrain
  }
  await expect.poll(isStuck, { interval: 100 }).toBe(true)
  expect(sent).toBeLessThan(most)
  client.off('drain', send)
  const stuck = sent
  proxy.resume()
  await expect.poll(() => server.bytesRead, { timeout: 10_000 }).toBe(stuck)
})

test('whoever watches sees each byte before it goes on, and may end the connection behind any', async () => {
  const seen: string[] = []
  const { client, server, serverHeard } = await proxied(() => (direction, bytes) => {
    seen.push(`${direction} ${bytes}`)
    const at = bytes.indexOf('!')
    return at < 0 ? undefined : at
  })
  const ends = [endOf(client), endOf(server)]
  client.write('keep this!not this')
  expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'end'])
  expect(serverHeard()).toBe('keep this')
  expect(seen).toEqual(['toServer keep this!not this'])
})
