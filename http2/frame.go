package http2

import "encoding/binary"

// Frames on the wire (RFC 9113, 4.1 and 6).

type frameType uint8

const (
	frameData frameType = iota
	frameHeaders
	framePriority
	frameReset
	frameSettings
	framePush
	framePing
	frameGoAway
	frameWindow
	frameContinuation
	numFrames
)

const (
	flagAck        = 0x01
	flagEndStream  = 0x01
	flagEndHeaders = 0x04
	flagPadded     = 0x08
	flagPriority   = 0x20
)

// code is an error code (RFC 9113, 7).
type code uint32

const (
	noError           code = 0x0
	protocolError     code = 0x1
	internalError     code = 0x2
	flowControlError  code = 0x3
	streamClosed      code = 0x5
	frameSizeError    code = 0x6
	refusedStream     code = 0x7
	cancel            code = 0x8
	compressionError  code = 0x9
	enhanceYourCalm   code = 0xb
	settingTableSize       = 1
	settingEnablePush      = 2
	settingMaxStreams      = 3
	settingWindow          = 4
	settingFrameSize       = 5
	headLen                = 9
	maxWindow              = 1<<31 - 1
	defaultWindow          = 65535
	defaultFrame           = 1 << 14
	maxFrame               = 1<<24 - 1
	preface                = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	settingLen             = 6
	priorityLen            = 5
)

// frameHead is what a frame begins with.
type frameHead struct {
	length int
	kind   frameType
	flags  uint8
	id     uint32
}

func parseHead(b []byte) frameHead {
	return frameHead{
		length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]),
		kind:   frameType(b[3]),
		flags:  b[4],
		id:     binary.BigEndian.Uint32(b[5:]) & maxWindow,
	}
}

func appendHead(b []byte, length int, kind frameType, flags uint8, id uint32) []byte {
	b = append(b, byte(length>>16), byte(length>>8), byte(length), byte(kind), flags)
	return binary.BigEndian.AppendUint32(b, id)
}

// patchHead changes length and flags of a frame that has been appended.
func patchHead(b []byte, length int, flags uint8) {
	b[0], b[1], b[2], b[4] = byte(length>>16), byte(length>>8), byte(length), flags
}

func appendSetting(b []byte, id uint16, value uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, id), value)
}

// appendWord appends a frame of one number: RST_STREAM, WINDOW_UPDATE.
func appendWord(b []byte, kind frameType, id, value uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHead(b, 4, kind, 0, id), value)
}

func appendGoAway(b []byte, last uint32, c code) []byte {
	b = binary.BigEndian.AppendUint32(appendHead(b, 8, frameGoAway, 0, 0), last)
	return binary.BigEndian.AppendUint32(b, uint32(c))
}
