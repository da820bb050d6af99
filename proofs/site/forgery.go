package site

import "encoding/binary"

// ServerMessage is what a server says that is not as it should be.
type ServerMessage struct {
	// SQLState is its code.
	SQLState string
	// File is the one of the server's source that says so; empty: syncrep.c.
	File string
}

// forgery is what is made of the answer to a COMMIT that the server has carried out.
type forgery struct {
	kind    CommitFault
	message ServerMessage
}

// apply returns what is said in place of a message of the server.
func (f *forgery) apply(message []byte) []byte {
	const commandComplete, readyForQuery = 'C', 'Z'
	switch {
	case f == nil:
		return message
	case f.kind == SayError && message[0] == commandComplete:
		return f.message.encode('E', "ERROR")
	case f.kind == SayWarning && message[0] == readyForQuery:
		message = append(f.message.encode('N', "WARNING"), message...)
		*f = forgery{} // an answer ends with it
	case message[0] == readyForQuery:
		*f = forgery{}
	}
	return message
}

// encode makes an ErrorResponse or a NoticeResponse.
func (m ServerMessage) encode(kind byte, severity string) []byte {
	file := m.File
	if file == "" {
		file = "syncrep.c"
	}
	body := []byte{}
	for _, field := range []string{"S" + severity, "V" + severity, "C" + m.SQLState, "Msaid by the proxy", "F" + file} {
		body = append(append(body, field...), 0)
	}
	body = append(body, 0)
	message := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return append(message, body...)
}
