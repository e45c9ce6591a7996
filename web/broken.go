package web

// Break gives up the main request that x belongs to: its connection will be closed (a subrequest that ends with NGX_ERROR).
func (x *Exchange) Break() { x.main.broken = true }
