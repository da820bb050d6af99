package site

import "encoding/binary"

// Word is what a server says that is not as it should be.
type Word struct {
	// SQLState is its code.
	SQLState string
	// File is the one of the server's source that says so; empty: syncrep.c.
	File string
}

// forgery is what is made of the answer to a COMMIT that the server has carried out.
type forgery struct {
	kind CommitFault
	word Word
}

// apply returns what is said in place of a message of the server.
func (f *forgery) apply(message []byte) []byte {
	const commandComplete, readyForQuery = 'C', 'Z'
	switch {
	case f == nil:
		return message
	case f.kind == SayError && message[0] == commandComplete:
		return f.word.message('E', "ERROR")
	case f.kind == SayWarning && message[0] == readyForQuery:
		message = append(f.word.message('N', "WARNING"), message...)
		*f = forgery{} // an answer ends with it
	case message[0] == readyForQuery:
		*f = forgery{}
	}
	return message
}

// message is an ErrorResponse or a NoticeResponse.
func (w Word) message(kind byte, severity string) []byte {
	file := w.File
	if file == "" {
		file = "syncrep.c"
	}
	body := []byte{}
	for _, field := range []string{"S" + severity, "V" + severity, "C" + w.SQLState, "Msaid by the proxy", "F" + file} {
		body = append(append(body, field...), 0)
	}
	body = append(body, 0)
	message := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return append(message, body...)
}
