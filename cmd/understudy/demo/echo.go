package demo

// The WebSocket half of the backend: the server's side of RFC 6455, sending back every frame as it arrives.

import (
	"bufio"
	"crypto/sha1" // what the handshake is defined with (RFC 6455, section 4.2.2); nothing is secured by it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Frame types and status codes of RFC 6455, sections 5.2 and 7.4.1.
const (
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xA

	closeProtocolError = 1002
)

// errProtocol means that the client broke RFC 6455; it is told so with a close frame.
var errProtocol = errors.New("websocket protocol error")

// acceptKey answers a client's Sec-WebSocket-Key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// upgrade answers the handshake and echoes until either side is done. It chooses the first subprotocol that is
// offered and no extension.
func (b *backend) upgrade(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-Websocket-Key")
	if r.Method != http.MethodGet || key == "" || r.Header.Get("Sec-Websocket-Version") != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		http.Error(w, "not a WebSocket handshake", http.StatusBadRequest)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	if !b.keep(conn) {
		return
	}
	defer b.drop(conn)

	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + acceptKey(key) + "\r\n"
	if offered := r.Header.Get("Sec-Websocket-Protocol"); offered != "" {
		first, _, _ := strings.Cut(offered, ",")
		answer += "Sec-WebSocket-Protocol: " + strings.TrimSpace(first) + "\r\n"
	}
	if _, err := io.WriteString(conn, answer+"\r\n"); err != nil {
		return
	}
	// What net/http read beyond the request is the first frame.
	in, out := buffered.Reader, bufio.NewWriterSize(conn, 4096)
	for {
		done, err := echoFrame(in, out)
		if errors.Is(err, errProtocol) {
			writeFrame(out, 0x80|opClose, binary.BigEndian.AppendUint16(nil, closeProtocolError))
		}
		// One write for all frames that came together.
		if done || err != nil || in.Buffered() == 0 {
			if flushErr := out.Flush(); flushErr != nil || done || err != nil {
				return
			}
		}
	}
}

// echoFrame reads one frame and writes its answer: data frames come back as they are, fragments as fragments, so that
// a message of any size passes through a small buffer; a ping is answered by a pong. done follows a close frame.
func echoFrame(in *bufio.Reader, out *bufio.Writer) (done bool, err error) {
	var head [14]byte
	if _, err := io.ReadFull(in, head[:2]); err != nil {
		return false, err
	}
	first, size := head[0], uint64(head[1]&0x7f)
	control := first&8 != 0
	// No extension was agreed on, so no reserved bit may be set; clients mask; control frames are short and whole.
	if first&0x70 != 0 || head[1]&0x80 == 0 || control && (first&0x80 == 0 || size > 125) {
		return false, errProtocol
	}
	switch size {
	case 126:
		if _, err := io.ReadFull(in, head[2:4]); err != nil {
			return false, err
		}
		size = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		if _, err := io.ReadFull(in, head[2:10]); err != nil {
			return false, err
		}
		size = binary.BigEndian.Uint64(head[2:])
		if size>>63 != 0 {
			return false, errProtocol
		}
	}
	mask := head[10:14]
	if _, err := io.ReadFull(in, mask); err != nil {
		return false, err
	}
	opcode := first & 15
	switch {
	case opcode == opPing:
		first = 0x80 | opPong
	case opcode == opPong: // unasked for: allowed, and nothing to answer
		_, err := in.Discard(int(size))
		return false, err
	case opcode > 2 && opcode != opClose:
		return false, errProtocol
	}
	writeHead(out, first, size)
	return opcode == opClose, unmask(in, out, mask, size)
}

// unmask copies size bytes, taking the client's mask off. A flush on the way lets large frames flow.
func unmask(in *bufio.Reader, out *bufio.Writer, mask []byte, size uint64) error {
	for at := uint64(0); at < size; {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
			if _, err := in.Peek(1); err != nil {
				return err
			}
		}
		piece, err := in.Peek(int(min(size-at, uint64(in.Buffered()))))
		if err != nil {
			return err
		}
		for i := range piece {
			piece[i] ^= mask[(at+uint64(i))&3]
		}
		if _, err := out.Write(piece); err != nil {
			return err
		}
		if _, err := in.Discard(len(piece)); err != nil {
			return err
		}
		at += uint64(len(piece))
	}
	return nil
}

// writeHead and writeFrame leave a write error to the writer's Flush, which repeats it.
func writeHead(out *bufio.Writer, first byte, size uint64) {
	var head [10]byte
	b := append(head[:0], first)
	switch {
	case size < 126:
		b = append(b, byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), size)
	}
	_, _ = out.Write(b)
}

func writeFrame(out *bufio.Writer, first byte, payload []byte) {
	writeHead(out, first, uint64(len(payload)))
	_, _ = out.Write(payload)
}
