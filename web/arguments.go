package web

// Argument gives the value of an argument of the request as it was sent; the name's case does not matter (ngx_http_arg).
func (x *Exchange) Argument(name string) ([]byte, bool) { return pairValue(x.Args, name, '&') }
