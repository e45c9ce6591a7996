// The application behind the proxy in the end-to-end tests: npm's ws as an echo server.
//
//   node echo.js PORT      prints "listening" when it does; ends when its standard input does
//
// WebSockets, on any path: a message comes back as it is, except these texts:
//   headers            the upgrade request's headers as they arrived: JSON, [name, value, name, value, …]
//   ping me            sends a ping; when its pong is here: "pong DATA"
//   close CODE REASON  closes with them
//   fragments          one message in three frames
//   bytes              how many bytes the socket has read
// Plain requests:
//   GET /closed/ID     waits for the end of the WebSocket that was opened on /…?id=ID; JSON {code, reason}
//   anything else      JSON {method, url, httpVersion, headers, body}
const http = require('node:http')
const { WebSocketServer } = require('ws')

const closed = new Map() // id → promise of {code, reason}, and its resolver
function closing(id) {
  if (!closed.has(id)) {
    const entry = {}
    entry.promise = new Promise(resolve => { entry.resolve = resolve })
    closed.set(id, entry)
  }
  return closed.get(id)
}

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', async () => {
    const closedPath = request.url.match(/^\/closed\/(\w+)$/)
    const answer = closedPath ? await closing(closedPath[1]).promise : {
      method: request.method,
      url: request.url,
      httpVersion: request.httpVersion,
      headers: request.rawHeaders,
      body: Buffer.concat(chunks).toString(),
    }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(answer))
  })
})

const sockets = new WebSocketServer({
  server,
  maxPayload: 64 << 20,
  perMessageDeflate: { threshold: 0 },
  handleProtocols: offered => offered.has('second') ? 'second' : false,
})
sockets.on('connection', (socket, request) => {
  const id = new URL(request.url, 'http://unused').searchParams.get('id')
  socket.on('error', () => {}) // a broken frame ends the connection; the test sees the close
  socket.on('close', (code, reason) => { if (id) closing(id).resolve({ code, reason: reason.toString() }) })
  socket.on('pong', data => socket.send('pong ' + data))
  socket.on('message', (data, binary) => {
    const text = binary ? '' : data.toString()
    const close = text.match(/^close (\d+) (.*)$/)
    if (text === 'headers') socket.send(JSON.stringify(request.rawHeaders))
    else if (text === 'ping me') socket.ping('from the server')
    else if (text === 'bytes') socket.send(String(request.socket.bytesRead))
    else if (text === 'fragments') {
      socket.send('one ', { fin: false })
      socket.send('two ', { fin: false })
      socket.send('three', { fin: true })
    } else if (close) socket.close(Number(close[1]), close[2])
    else socket.send(data, { binary })
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1', 4096, () => console.log('listening'))
process.stdin.resume().on('end', () => process.exit(0))
