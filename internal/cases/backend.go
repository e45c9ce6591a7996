package cases

// The application behind the cases' servers.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Backend is an application that answers with the request as it arrived, so that a case shows what was sent
// upstream. The path's end asks for something else:
//
//	/status/N     status N, "status N" as the body
//	/chunked      a chunked body of three chunks with a trailer
//	/until-close  a body that ends with the connection
//	/short        Content-Length 100, five bytes, close
//	/close        closes without an answer
//	/garbage      an answer that is no HTTP
//	/half         half a response head, then closes
//	/silent       never answers, and closes after two seconds
//	/headers      response headers that a proxy treats specially
//	/upgrade      101, then sends back what comes, up to and with the first LF, and closes
//	/redirect     302 to its own address
//	/continue     100 before the answer
type Backend struct {
	Port int
	name string
	ln   net.Listener
	lock sync.Mutex
	open map[net.Conn]bool
	done sync.WaitGroup
}

// StartBackend serves on a free port; name is in its answers' X-Backend header.
func StartBackend(name string) (*Backend, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Backend{Port: ln.Addr().(*net.TCPAddr).Port, name: name, ln: ln, open: map[net.Conn]bool{}}
	b.done.Go(b.accept)
	return b, nil
}

// Stop closes everything and waits.
func (b *Backend) Stop() {
	_ = b.ln.Close() // closed once, only here
	b.lock.Lock()
	for c := range b.open {
		_ = c.Close()
	}
	b.open = nil
	b.lock.Unlock()
	b.done.Wait()
}

func (b *Backend) accept() {
	for {
		c, err := b.ln.Accept()
		if err != nil {
			return
		}
		b.lock.Lock()
		if b.open == nil {
			b.lock.Unlock()
			_ = c.Close()
			return
		}
		b.open[c] = true
		b.lock.Unlock()
		b.done.Go(func() { b.serve(c) })
	}
}

// serve answers requests on one connection until either side has enough of it. Errors end it: the proxy's answer to
// its client is what a case looks at.
func (b *Backend) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		b.lock.Lock()
		delete(b.open, c)
		b.lock.Unlock()
	}()
	in := bufio.NewReader(c)
	for {
		head, err := readHead(in)
		if err != nil {
			return
		}
		keep, err := b.answer(c, in, head)
		if err != nil || !keep {
			return
		}
	}
}

// readHead reads up to the empty line.
func readHead(in *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String(), nil
		}
	}
}

func (b *Backend) answer(c net.Conn, in *bufio.Reader, head string) (keep bool, err error) {
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
	if err != nil {
		return false, b.respond(c, "400 Bad Request", "", err.Error()+"\n"+head)
	}
	if strings.HasSuffix(request.URL.Path, "/continue") {
		if _, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return false, err
		}
	}
	body, err := readBody(in, request)
	if err != nil {
		return false, err
	}
	path := request.URL.Path
	kind := path[strings.LastIndexByte(path, '/'):]
	if dir, status := path[:strings.LastIndexByte(path, '/')], kind[1:]; strings.HasSuffix(dir, "/status") {
		code, err := strconv.Atoi(status)
		if err != nil {
			return false, err
		}
		return true, b.respond(c, status+" "+http.StatusText(code), "", "status "+status+"\n")
	}
	raw := ""
	switch kind {
	case "/chunked":
		raw = "HTTP/1.1 200 OK\r\nX-Backend: " + b.name + "\r\nTransfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n\r\n" +
			"5\r\nfirst\r\n7;ext=1\r\n second\r\n6\r\n third\r\n0\r\nX-Trailer: end\r\n\r\n"
	case "/until-close":
		raw = "HTTP/1.1 200 OK\r\nX-Backend: " + b.name + "\r\nConnection: close\r\n\r\nall of it\n"
	case "/short":
		raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
	case "/close":
		return false, nil
	case "/garbage":
		raw = "this is no HTTP\r\n\r\n"
	case "/half":
		raw = "HTTP/1.1 200 OK\r\nContent-Le"
	case "/silent":
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return false, err
		}
		_, err := in.ReadByte() // returns when the proxy gives up
		return false, err
	case "/headers":
		return true, b.respond(c, "200 OK", "Server: application/1.0\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Accel-Expires: 10\r\nX-Pad: pad\r\n"+
			"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nKeep-Alive: timeout=5\r\nX-Custom: kept\r\n", "headers\n")
	case "/redirect":
		return true, b.respond(c, "302 Found", fmt.Sprintf("Location: http://127.0.0.1:%d/elsewhere?a=1\r\n", b.Port), "moved\n")
	case "/upgrade":
		if _, err := io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+request.Header.Get("Upgrade")+"\r\n\r\n"); err != nil {
			return false, err
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return false, err
		}
		raw = "echo: " + line
	default:
		return !request.Close, b.respond(c, "200 OK", "", head+body)
	}
	_, err = io.WriteString(c, raw)
	return kind == "/chunked", err
}

func (b *Backend) respond(c net.Conn, status, header, body string) error {
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	if strings.HasPrefix(status, "204") || strings.HasPrefix(status, "304") {
		length, body = "", ""
	}
	_, err := io.WriteString(c, "HTTP/1.1 "+status+"\r\nX-Backend: "+b.name+"\r\nContent-Type: text/plain\r\n"+header+length+"\r\n"+body)
	return err
}

// readBody reads the request's body as it is framed, and gives it with its framing, so that a case can show it.
func readBody(in *bufio.Reader, request *http.Request) (string, error) {
	if request.ContentLength >= 0 {
		body := make([]byte, request.ContentLength)
		_, err := io.ReadFull(in, body)
		return string(body), err
	}
	var all strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		all.WriteString(line)
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return "", err
		}
		data := make([]byte, size+2)
		if _, err := io.ReadFull(in, data); err != nil {
			return "", err
		}
		all.Write(data)
		if size == 0 {
			return all.String(), nil
		}
	}
}
