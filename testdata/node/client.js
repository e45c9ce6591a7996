// npm's ws as the client of the end-to-end tests.
//
//   node client.js ws://HOST:PORT/PATH      runs every scenario against echo.js behind that address
//
// Prints a line per scenario: "ok NAME" or "not ok NAME: ERROR". Exit code 1 if any failed.
const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { once } = require('node:events')
const { WebSocket } = require('ws')

const base = process.argv[2]
const httpBase = new URL(base.replace(/^ws/, 'http')).origin

async function open(query = '', protocols = [], options = { perMessageDeflate: false }) {
  const socket = new WebSocket(base + query, protocols, options)
  socket.setMaxListeners(0)
  socket.inbox = []
  socket.on('message', (data, binary) => socket.inbox.push({ data, binary }))
  await once(socket, 'open')
  return socket
}

// The next message, which may already be here.
async function next(socket) {
  while (socket.inbox.length === 0) {
    await Promise.race([once(socket, 'message'), once(socket, 'close').then(([code]) => { throw new Error('closed with ' + code) })])
  }
  return socket.inbox.shift()
}

async function nextText(socket) {
  const { data, binary } = await next(socket)
  assert.equal(binary, false, 'a text message')
  return data.toString()
}

async function close(socket) {
  socket.close(1000)
  await once(socket, 'close')
}

const scenarios = {
  async text() {
    const socket = await open()
    for (const text of ['hello', '', 'ünïcödé ✓ 🦆', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65536)]) {
      socket.send(text)
      assert.equal(await nextText(socket), text)
    }
    await close(socket)
  },

  async binary() {
    const socket = await open()
    for (const size of [0, 1, 125, 126, 65535, 65536]) {
      const sent = crypto.randomBytes(size)
      socket.send(sent)
      const { data, binary } = await next(socket)
      assert(binary)
      assert(sent.equals(data))
    }
    await close(socket)
  },

  async 'ping and pong'() {
    const socket = await open()
    socket.ping('from the client')
    const [data] = await once(socket, 'pong')
    assert.equal(data.toString(), 'from the client')
    socket.send('ping me')
    assert.equal(await nextText(socket), 'pong from the server')
    await close(socket)
  },

  async fragments() {
    const socket = await open()
    socket.send('a message ', { fin: false })
    await new Promise(resolve => socket.ping('between', undefined, resolve))
    socket.send('in several ', { fin: false })
    socket.send('frames', { fin: true })
    assert.equal(await nextText(socket), 'a message in several frames')
    socket.send('fragments')
    assert.equal(await nextText(socket), 'one two three')
    await close(socket)
  },

  async 'messages of 1 MiB'() {
    const socket = await open()
    for (let i = 0; i < 8; i++) {
      const sent = crypto.randomBytes(1 << 20)
      socket.send(sent)
      const { data } = await next(socket)
      assert(sent.equals(data))
    }
    await close(socket)
  },

  async '64 messages of 1 MiB under way at once'() {
    const socket = await open()
    const sent = crypto.randomBytes(1 << 20)
    for (let i = 0; i < 64; i++) socket.send(sent)
    for (let i = 0; i < 64; i++) assert(sent.equals((await next(socket)).data))
    await close(socket)
  },

  async 'permessage-deflate'() {
    const socket = await open('', [], { perMessageDeflate: { threshold: 0 } })
    assert.match(socket.extensions, /^permessage-deflate/)
    socket.send('headers')
    const headers = JSON.parse(await nextText(socket))
    const offer = headers[headers.findIndex(name => name.toLowerCase() === 'sec-websocket-extensions') + 1]
    assert.match(offer, /^permessage-deflate; client_max_window_bits$/)
    const text = 'compress me '.repeat(20000)
    socket.send(text)
    assert.equal(await nextText(socket), text)
    socket.send('bytes')
    const read = Number(await nextText(socket))
    assert(read < text.length / 10, `${read} bytes arrived for ${text.length}: not compressed`)
    await close(socket)
  },

  async 'close codes from the client'() {
    for (const [code, reason] of [[1000, ''], [1001, 'going away'], [3000, 'registered'], [4999, 'private ✓']]) {
      const id = crypto.randomBytes(8).toString('hex')
      const socket = await open('?id=' + id)
      socket.close(code, reason)
      const [answered] = await once(socket, 'close')
      assert.equal(answered, code)
      const seen = await (await fetch(httpBase + '/closed/' + id)).json()
      assert.deepEqual(seen, { code, reason })
    }
  },

  async 'close codes from the server'() {
    for (const [code, reason] of [[1000, ''], [1011, 'internal error'], [4000, 'enough']]) {
      const socket = await open()
      socket.send(`close ${code} ${reason}`)
      const [seen, text] = await once(socket, 'close')
      assert.deepEqual([seen, text.toString()], [code, reason])
    }
  },

  async 'a client that vanishes'() {
    const id = crypto.randomBytes(8).toString('hex')
    const socket = await open('?id=' + id)
    socket.terminate()
    const seen = await (await fetch(httpBase + '/closed/' + id)).json()
    assert.equal(seen.code, 1006)
  },

  async subprotocols() {
    const chosen = await open('', ['first', 'second'])
    assert.equal(chosen.protocol, 'second')
    await close(chosen)
    const socket = new WebSocket(base, ['unknown'])
    const [error] = await once(socket, 'error')
    assert.match(error.message, /Server sent no subprotocol/)
  },

  async 'headers and the query arrive'() {
    const socket = await open('?a=1&b=%20', [], { perMessageDeflate: false, origin: 'http://example.org', headers: { 'X-Token': 'secret', Cookie: 'a=b' } })
    socket.send('headers')
    const list = JSON.parse(await nextText(socket))
    const headers = {}
    for (let i = 0; i < list.length; i += 2) headers[list[i].toLowerCase()] = list[i + 1]
    assert.equal(headers['x-token'], 'secret')
    assert.equal(headers.cookie, 'a=b')
    assert.equal(headers.origin, 'http://example.org')
    assert.equal(headers.upgrade, 'websocket')
    assert.equal(headers.connection.toLowerCase(), 'upgrade')
    assert.equal(headers.host, new URL(base).hostname)
    await close(socket)
  },

  async '1,000 clients at once'() {
    const sockets = await Promise.all(Array.from({ length: 1000 }, () => open()))
    for (let round = 0; round < 3; round++) {
      sockets.forEach((socket, i) => socket.send(`client ${i}, round ${round}`))
      const texts = await Promise.all(sockets.map(nextText))
      texts.forEach((text, i) => assert.equal(text, `client ${i}, round ${round}`))
    }
    await Promise.all(sockets.map(close))
  },
}

async function main() {
  let failed = 0
  for (const [name, run] of Object.entries(scenarios)) {
    let timer
    const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('took longer than 30 s')), 30000) })
    try {
      await Promise.race([run(), limit])
      console.log('ok ' + name)
    } catch (error) {
      failed++
      console.log(`not ok ${name}: ${String(error.message).replace(/\s+/g, ' ')}`)
    }
    clearTimeout(timer)
  }
  process.exit(failed ? 1 : 0)
}
main()
