package web

import (
	"reflect"
	"testing"
)

func TestAPooledExchangeKeepsNoLargeBuffer(t *testing.T) {
	w := new(worker)
	x := w.take()
	large := make([]byte, 2*keptBuffer)
	x.head, x.out, x.uriBuf, x.textBuf, x.hostBuf, x.logBuf, x.pageBuf = large, large, large, large, large, large, large
	w.put(x)
	v := reflect.ValueOf(x).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 && f.Cap() > keptBuffer {
			t.Errorf("%s keeps %d bytes", v.Type().Field(i).Name, f.Cap())
		}
	}
}
