package web

// hintingFront is a Front that can send interim answers.
type hintingFront interface {
	// SendHints sends a 103 with these fields.
	SendHints(x *Exchange, fields []Header) error
}

// SendEarlyHints sends a 103 Early Hints with these fields where early_hints says so; not in subrequests, nor to clients that
// know no interim answers (ngx_http_send_early_hints). It may be called until the head of the answer is sent.
func (x *Exchange) SendEarlyHints(fields []Header) error {
	if x.main != x || len(fields) == 0 || x.HeadSent() || !x.Location.Conf.EarlyHints.Any(x) {
		return nil
	}
	if x.front != nil {
		if f, ok := x.front.(hintingFront); ok {
			return f.SendHints(x, fields)
		}
		return nil
	}
	if x.Req.Version < 1001 {
		return nil
	}
	b := append(x.pageBuf[:0], "HTTP/1.1 103 Early Hints\r\n"...)
	for i := range fields {
		b = append(append(b, fields[i].Name...), ": "...)
		b = append(append(b, fields[i].Value...), "\r\n"...)
	}
	b = append(b, "\r\n"...)
	x.pageBuf = b
	n, err := x.client.conn.Write(b)
	x.sent += int64(n)
	x.client.sent += int64(n)
	return err
}
